//! From the keys of the table `tls` to the settings of the TLS library. The files are read here.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use super::elements::{CertificateName, Element, FilePath, Flag, Host};
use super::fault::{Fault, Problem};
use super::keys;
use super::stack::Stack;
use super::unverified::Unverified;
use crate::error::Side;
use crate::job::{Tls, TlsClient};

/// The files of an endpoint's table `tls`, each with its key.
pub(super) fn files(side: Side, stack: &Stack) -> Vec<(&'static str, PathBuf)> {
    let of_name = |name| {
        let key = keys::of(side, name).path;
        let (path, _) = stack.value(key)?;
        Some((key, path.as_str()?.into()))
    };
    let names = if stack.has_tls(side) || has_sentinels_with_tls(side, stack) {
        &["tls.ca_file", "tls.cert_file", "tls.key_file"][..]
    } else {
        &[]
    };
    names.iter().copied().filter_map(of_name).collect()
}

/// The TLS settings of an endpoint; `None` for plain connections.
pub(super) fn checked(side: Side, stack: &Stack) -> Result<Option<Tls>, Box<Fault>> {
    if !stack.has_tls(side) {
        return Ok(None);
    }
    let settings = Settings { side, stack };
    settings.checked(settings.server_name()?).map(Some)
}

/// The TLS settings for the Sentinels of an endpoint; `None` for plain connections. The certificate of each must be for
/// its own host.
pub(super) fn of_sentinels(side: Side, stack: &Stack) -> Result<Option<Tls>, Box<Fault>> {
    let settings = Settings { side, stack };
    if has_sentinels_with_tls(side, stack) { settings.checked(None).map(Some) } else { Ok(None) }
}

fn has_sentinels_with_tls(side: Side, stack: &Stack) -> bool {
    let value = |name| stack.value(keys::of(side, name).path).map(|(value, _)| value);
    value("sentinel").is_some() && value("sentinel_tls").is_some_and(|tls| tls.to_bool() == Some(true))
}

struct Settings<'s> {
    side: Side,
    stack: &'s Stack,
}

impl Settings<'_> {
    fn checked(&self, name: Option<ServerName<'static>>) -> Result<Tls, Box<Fault>> {
        let verify = self.value::<Flag>("tls.verify")?.unwrap_or(true);
        let config = self.client(verify)?;
        Ok(Tls {
            ca_file: self.value::<FilePath>("tls.ca_file")?,
            cert_file: self.value::<FilePath>("tls.cert_file")?,
            server_name: self.value::<CertificateName>("tls.server_name")?.filter(|_| name.is_some()),
            verify,
            client: TlsClient { config: Arc::new(config), name },
        })
    }

    fn client(&self, verify: bool) -> Result<ClientConfig, Box<Fault>> {
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = if verify {
            let roots = self.roots()?;
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
            verifier.map_err(|error| self.fault("tls.ca_file", format!("cannot be used: {error}")))?
        } else {
            Arc::new(Unverified::new(&provider))
        };
        self.with_identity(provider, verifier)
    }

    fn with_identity(
        &self,
        provider: Arc<CryptoProvider>,
        verifier: Arc<dyn ServerCertVerifier>,
    ) -> Result<ClientConfig, Box<Fault>> {
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        match [self.value::<FilePath>("tls.cert_file")?, self.value::<FilePath>("tls.key_file")?] {
            [None, None] => Ok(config.with_no_client_auth()),
            [Some(_), None] => Err(self.lonely("tls.cert_file", "tls.key_file")),
            [None, Some(_)] => Err(self.lonely("tls.key_file", "tls.cert_file")),
            [Some(cert_file), Some(key_file)] => {
                let chain = self.certificates("tls.cert_file", &cert_file)?;
                let key = PrivateKeyDer::from_pem_file(&key_file);
                let key = key.map_err(|error| self.unread("tls.key_file", &key_file, &error))?;
                config.with_client_auth_cert(chain, key).map_err(|error| self.unusable(&key_file, &cert_file, &error))
            }
        }
    }

    /// The CAs that are trusted.
    fn roots(&self) -> Result<Arc<RootCertStore>, Box<Fault>> {
        let Some(path) = self.value::<FilePath>("tls.ca_file")? else {
            let roots = SYSTEM_ROOTS.get_or_init(system_roots);
            let missing = "needs `tls.ca_file`, because this system has no certificates of CAs (install the package \
                           `ca-certificates`, or set `SSL_CERT_FILE`)";
            return if roots.is_empty() { Err(self.fault("tls", missing.to_owned())) } else { Ok(Arc::clone(roots)) };
        };
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates("tls.ca_file", &path)? {
            let added = roots.add(certificate);
            added.map_err(|error| {
                self.fault(
                    "tls.ca_file",
                    format!("is {}, which has a certificate that cannot be read: {error}", path.display()),
                )
            })?;
        }
        Ok(Arc::new(roots))
    }

    fn certificates(&self, name: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Box<Fault>> {
        let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        match certificates {
            Ok(none) if none.is_empty() => Err(self.unread(name, path, &pem::Error::NoItemsFound)),
            Ok(certificates) => Ok(certificates),
            Err(error) => Err(self.unread(name, path, &error)),
        }
    }

    /// The name that the certificate must have: an IP address without its zone. Sentinels and nodes of a cluster name hosts
    /// later.
    fn server_name(&self) -> Result<Option<ServerName<'static>>, Box<Fault>> {
        let given = self.value::<CertificateName>("tls.server_name")?;
        let host = self.value::<Host>("host")?.map(|host| host.split('%').next().unwrap_or_default().to_owned());
        let Some(text) = given.or(host) else { return Ok(None) };
        if let Ok(name) = ServerName::try_from(text) {
            return Ok(Some(name));
        }
        let fault = self.fault("host", "is a name that no certificate can have".to_owned());
        let name = keys::of(self.side, "tls.server_name").path;
        Err(Box::new(fault.hint(format!("give the name in the certificate as `{name}`"))))
    }

    fn value<E: Element>(&self, name: &str) -> Result<Option<E::Value>, Box<Fault>> {
        self.stack.optional::<E>(keys::of(self.side, name).path).map_err(|problem| Box::new(Fault::of_the_run(problem)))
    }

    fn fault(&self, name: &str, reason: String) -> Box<Fault> {
        let key = keys::of(self.side, name).path;
        let problem = Problem::Refused { key: key.to_owned(), reason };
        Box::new(match self.stack.value(key) {
            Some((_, origin)) => Fault::at(origin, problem),
            None => Fault::of_the_run(problem),
        })
    }

    fn lonely(&self, name: &str, missing: &str) -> Box<Fault> {
        self.fault(name, format!("needs `{}`, too", keys::of(self.side, missing).path))
    }

    fn unread(&self, name: &str, path: &Path, error: &pem::Error) -> Box<Fault> {
        let what = if name == "tls.key_file" { "private key" } else { "certificate" };
        let why = match error {
            pem::Error::Io(error) => format!("which cannot be read: {error}"),
            pem::Error::NoItemsFound => format!("which has no {what} in PEM format"),
            error => format!("which is not in PEM format: {error}"),
        };
        let is_key = matches!(error, pem::Error::NoItemsFound) && name == "tls.key_file";
        let hint = "an encrypted key is decrypted by `openssl pkey -in encrypted.pem -out key.pem`";
        Box::new(self.fault(name, format!("is {}, {why}", path.display())).hint(is_key.then(|| hint.to_owned())))
    }

    fn unusable(&self, key_file: &Path, cert_file: &Path, error: &rustls::Error) -> Box<Fault> {
        let why = match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("which does not belong to the certificate in {}", cert_file.display())
            }
            error => format!("which cannot be used: {error}"),
        };
        self.fault("tls.key_file", format!("is {}, {why}", key_file.display()))
    }
}

/// Read once: that takes milliseconds, and jobs may be many.
static SYSTEM_ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// A certificate that cannot be read is left out: it is no reason to distrust the others.
fn system_roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
}
