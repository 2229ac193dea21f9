//! TLS on both sides, compared with plain connections.
//!
//! Both servers have a plain port and one for TLS, with certificates of a CA of the bench. In each round, the program copies
//! the same source into the same empty destination, first without TLS and then with it. The servers need time for the
//! encryption, too, so their CPU is a part of the result.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::count;
use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::server::Server;
use crate::setting::Setting;
use crate::stage::{Cost, Stage};

/// The promised ratio to plain connections.
const RATIO: f64 = 1.25;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let folder = TempDir::with_prefix("bench-tls-").expect("a temporary folder");
    certify(folder.path());
    let ports = [free_port(), free_port()];
    let start = |port| Server::with(&setting.make, arguments(port, folder.path()));
    let stage = Stage::of(setting, start(ports[0])?, start(ports[1])?);
    data::mixed(&stage.source, keys);
    let ca_file = folder.path().join("ca.pem");
    stage.copy()?;
    let (mut plain, mut encrypted) = (Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        plain.push(stage.copy()?);
        encrypted.push(stage.copy_encrypted(ports, &ca_file)?);
    }
    Ok(Findings::Measured(figures(&plain, &encrypted, keys)))
}

fn figures(plain: &[Cost], encrypted: &[Cost], keys: u64) -> Vec<Figure> {
    let seconds = |costs: &[Cost]| costs.iter().map(|cost| cost.taken.seconds).collect::<Vec<_>>();
    let cpu = |name: &str, costs: &[Cost], of: fn(&Cost) -> f64| {
        let values = costs.iter().map(|cost| of(cost) * 1e6 / count(keys));
        Figure::new(name, Unit::MicrosecondsPerKey, values.collect::<Vec<_>>())
    };
    let ratios = seconds(encrypted).into_iter().zip(seconds(plain)).map(|(encrypted, plain)| encrypted / plain);
    vec![
        Figure::new("time over that without TLS", Unit::Ratio, ratios).at_most(RATIO),
        Figure::new("time without TLS", Unit::Seconds, seconds(plain)),
        Figure::new("time with TLS", Unit::Seconds, seconds(encrypted)),
        cpu("our CPU without TLS", plain, |cost| cost.taken.cpu),
        cpu("our CPU with TLS", encrypted, |cost| cost.taken.cpu),
        cpu("source CPU without TLS", plain, |cost| cost.source.all),
        cpu("source CPU with TLS", encrypted, |cost| cost.source.all),
        cpu("destination CPU without TLS", plain, |cost| cost.destination.all),
        cpu("destination CPU with TLS", encrypted, |cost| cost.destination.all),
    ]
}

/// Writes a CA, and a certificate for 127.0.0.1 with its key.
fn certify(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.distinguished_name.push(DnType::CommonName, "CA of the bench");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("ring generates keys");
    let ca = params.self_signed(&key).expect("a certificate").pem();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
    let server_key = KeyPair::generate().expect("ring generates keys");
    let certificate = server.signed_by(&server_key, &Issuer::new(params, key)).expect("a certificate").pem();
    for (name, text) in [("ca.pem", ca), ("server.pem", certificate), ("server.key", server_key.serialize_pem())] {
        std::fs::write(folder.join(name), text).expect("a file in the bench's folder");
    }
}

fn arguments(port: u16, folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let pairs = [
        ["--tls-port".to_owned(), port.to_string()],
        ["--tls-ca-cert-file".to_owned(), path("ca.pem")],
        ["--tls-cert-file".to_owned(), path("server.pem")],
        ["--tls-key-file".to_owned(), path("server.key")],
        ["--tls-auth-clients".to_owned(), "no".to_owned()],
    ];
    pairs.concat()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}
