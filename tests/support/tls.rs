//! A CA of the tests, its certificates, and servers that speak TLS.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener as TokioListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::{Kind, Server};

/// A CA.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, in PEM format.
pub struct Certified {
    pub certificate: String,
    pub key: String,
}

impl Ca {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        // OpenSSL takes a certificate that has the name of its CA for the CA's own.
        params.distinguished_name.push(DnType::CommonName, "CA of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().expect("ring generates keys");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for these names and addresses.
    pub fn certify(&self, names: &[&str]) -> Certified {
        self.sign(CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()))
    }

    /// One that expired in 2020.
    pub fn certify_until_2020(&self, names: &[&str]) -> Certified {
        let params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        self.sign(params.map(|mut params| {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
            params
        }))
    }

    fn sign(&self, params: Result<CertificateParams, rcgen::Error>) -> Certified {
        let key = KeyPair::generate().expect("ring generates keys");
        let certificate = params.expect("valid names").signed_by(&key, &self.issuer).expect("a certificate");
        Certified { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// Writes its certificate.
    pub fn write(&self, folder: &Path, name: &str) -> &Self {
        fs::write(folder.join(name), &self.pem).expect("a file in the test's folder");
        self
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("PEM");
        roots.add(certificate).expect("a certificate of a CA");
        roots
    }
}

impl Certified {
    /// Writes both: `NAME.pem` and `NAME.key`.
    pub fn write(&self, folder: &Path, name: &str) -> &Self {
        let (certificate, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        fs::write(certificate, &self.certificate).expect("a file in the test's folder");
        fs::write(&key, &self.key).expect("a file in the test's folder");
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(key, owner_only).expect("the file is ours");
        self
    }

    fn config(&self, clients: Option<&Ca>) -> ServerConfig {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring supports TLS 1.2 and 1.3");
        let config = match clients {
            Some(ca) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(ca.roots()), provider);
                config.with_client_cert_verifier(verifier.build().expect("a CA"))
            }
            None => config.with_no_client_auth(),
        };
        let chain = vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("PEM")];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("PEM");
        config.with_single_cert(chain, key).expect("a certificate and its key")
    }
}

/// A proxy that speaks TLS with the client and forwards to a server that does not.
pub struct TlsTerminator {
    port: u16,
    /// Dropped to end it.
    _stop: oneshot::Sender<()>,
}

impl TlsTerminator {
    /// Before a port of this machine.
    pub fn before(port: u16, server: &Certified) -> Self {
        Self::with(port, server.config(None))
    }

    /// The same, and clients need a certificate of a CA.
    pub fn for_clients_of(ca: &Ca, port: u16, server: &Certified) -> Self {
        Self::with(port, server.config(Some(ca)))
    }

    fn with(to: u16, config: ServerConfig) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        listener.set_nonblocking(true).expect("an open socket");
        let port = listener.local_addr().expect("its address").port();
        let (stop, stopped) = oneshot::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let accepting = accept(TokioListener::from_std(listener).expect("a socket"), to, config);
                tokio::select! {
                    () = accepting => {}
                    _ = stopped => {}
                }
            });
        });
        Self { port, _stop: stop }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

async fn accept(listener: TokioListener, to: u16, config: ServerConfig) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    while let Ok((client, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await;
            if let (Ok(mut client), Ok(mut server)) = (acceptor.accept(client).await, server) {
                // One of them closes, and then so does the other.
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

/// Redis 7.0 with a port for TLS of its own. `CLIENTS` is the value of `tls-auth-clients`.
pub fn redis_with_tls(ca: &Ca, server: &Certified, clients: &str, more: &[&str]) -> (Server, u16, tempfile::TempDir) {
    let folder = tempfile::TempDir::with_prefix("tls-").expect("a temporary folder");
    ca.write(folder.path(), "ca.pem");
    server.write(folder.path(), "server");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    drop(listener);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [tls_port, ca, certificate, key] = [port.to_string(), path("ca.pem"), path("server.pem"), path("server.key")];
    let arguments = [
        &[
            "--tls-port",
            &tls_port,
            "--tls-ca-cert-file",
            &ca,
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-auth-clients",
            clients,
        ],
        more,
    ];
    (Server::with(Kind::Redis70, &arguments.concat()), port, folder)
}
