//! Why TLS fails, each with its message. Nothing waits for a server that would refuse again.

use std::time::{Duration, Instant};

use crate::support::{Ca, Proxy, Ran, Scene, TlsTerminator, redis_with_tls};

/// Runs with these settings, and fails unless the job ends at once with this sentence about the server.
#[track_caller]
fn refuses(scene: &Scene, settings: &[&str], sentence: &str) {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let started = Instant::now();
    let ran = scene.prepare_job(&settings).run().exits(3).stderr_has(sentence).stdout_has(sentence);
    assert!(started.elapsed() < Duration::from_secs(4), "it waited: {}", ran.stderr);
    assert_eq!(ran.status_of("all"), "refused");
}

/// The same if the job is not run at all.
#[track_caller]
fn is_invalid(scene: &Scene, settings: &[&str]) -> String {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let Ran { stderr, stdout, .. } = scene.prepare_job(&settings).run().exits(2);
    assert_eq!(stdout, "");
    stderr
}

fn scene(ca: &Ca) -> Scene {
    let scene = Scene::new();
    ca.write(scene.folder(), "ca.pem");
    scene.source.fill(10);
    scene.job("");
    scene
}

#[test]
fn a_certificate_of_another_ca_is_refused() {
    let (ca, other) = (Ca::new(), Ca::new());
    let scene = scene(&ca);
    let before = TlsTerminator::before(scene.source.port(), &other.certify(&["127.0.0.1"]));
    let port = format!("source.port={}", before.port());
    refuses(
        &scene,
        &[&port, "source.tls.ca_file=ca.pem"],
        "has a certificate that no CA in `source.tls.ca_file` (ca.pem) has signed: give the file of the CA that did",
    );
    refuses(
        &scene,
        &[&port, "source.tls=true"],
        "has a certificate that no CA of this system has signed: give the certificate of its CA as `source.tls.ca_file`",
    );
}

#[test]
fn an_expired_certificate_is_refused_with_its_date() {
    let ca = Ca::new();
    let scene = scene(&ca);
    let before = TlsTerminator::before(scene.source.port(), &ca.certify_until_2020(&["127.0.0.1"]));
    refuses(
        &scene,
        &[&format!("source.port={}", before.port()), "source.tls.ca_file=ca.pem"],
        "has a certificate that expired on 2020-01-01T00:00:00Z: renew it, or correct the clock of this machine",
    );
}

#[test]
fn a_certificate_for_other_names_is_refused_with_its_names() {
    let ca = Ca::new();
    let scene = scene(&ca);
    let before = TlsTerminator::before(scene.destination.port(), &ca.certify(&["cache.internal", "10.0.0.5"]));
    let port = format!("destination.port={}", before.port());
    refuses(
        &scene,
        &[&port, "destination.tls.ca_file=ca.pem"],
        "has a certificate for `cache.internal`, `10.0.0.5`, not for `127.0.0.1`: correct `destination.host`, or give the right name as `destination.tls.server_name`",
    );
    refuses(
        &scene,
        &[&port, "destination.tls.ca_file=ca.pem", "destination.tls.server_name=other.internal"],
        "not for `other.internal`",
    );
}

#[test]
fn a_server_that_requires_a_client_certificate_is_named_as_such() {
    let (ca, other) = (Ca::new(), Ca::new());
    let scene = scene(&ca);
    other.certify(&["a client"]).write(scene.folder(), "client");
    let server = ca.certify(&["127.0.0.1"]);
    let (_redis, port, _folder) = redis_with_tls(&ca, &server, "yes", &[]);
    let before = TlsTerminator::for_clients_of(&ca, scene.source.port(), &server);
    for port in [port, before.port()] {
        let port = format!("source.port={port}");
        refuses(
            &scene,
            &[&port, "source.tls.ca_file=ca.pem"],
            "requires a client certificate: give `source.tls.cert_file` and `source.tls.key_file`",
        );
        refuses(
            &scene,
            &[&port, "source.tls.ca_file=ca.pem", "source.tls.cert_file=client.pem", "source.tls.key_file=client.key"],
            "refused the client certificate in `source.tls.cert_file` (alert ",
        );
    }
}

#[test]
fn tls_to_a_plain_port_is_recognised() {
    let ca = Ca::new();
    let scene = scene(&ca);
    let settings = ["source.tls=true", "source.connect_timeout=2s"].map(str::to_owned);
    let ran = scene.prepare_job(&settings).run().exits(3);
    // It depends on the random bytes of the handshake whether Redis finds a line in it.
    let is_recognised =
        ["does not speak TLS: if its port is for plain connections, remove `source.tls`", "its port may not speak TLS"];
    assert!(is_recognised.iter().any(|text| ran.stderr.contains(text)), "{}", ran.stderr);
}

#[test]
fn a_server_that_is_silent_during_the_handshake_is_waited_for_within_connect_timeout() {
    let ca = Ca::new();
    let scene = scene(&ca);
    let proxy = Proxy::to(scene.source.port());
    proxy.stall();
    let settings =
        [format!("source.port={}", proxy.port()), "source.tls=true".into(), "source.connect_timeout=1s".into()];
    let ran = scene.prepare_job(&settings).run().exits(3);
    ran.stderr_has("cannot be reached: no connection within 1s (`connect_timeout`); if it accepts connections, its port may not speak TLS");
}

#[test]
fn a_handshake_that_is_cut_is_tried_again() {
    let ca = Ca::new();
    let scene = scene(&ca);
    let before = TlsTerminator::before(scene.source.port(), &ca.certify(&["127.0.0.1"]));
    let proxy = Proxy::to(before.port());
    // In the middle of the server's first flight.
    proxy.cut_after(300);
    let settings = [format!("source.port={}", proxy.port()), "source.tls.ca_file=ca.pem".into()];
    scene.prepare_job(&settings).run().exits(0).outcomes("all", "copied 10");
}

#[test]
fn a_plain_connection_to_a_tls_port_is_recognised() {
    let ca = Ca::new();
    let scene = scene(&ca);
    let server = ca.certify(&["127.0.0.1"]);
    let before = TlsTerminator::before(scene.source.port(), &server);
    refuses(
        &scene,
        &[&format!("source.port={}", before.port())],
        "expects TLS: set `tls = true`, or write `rediss://` in place of `redis://`",
    );
    let (_redis, port, _folder) = redis_with_tls(&ca, &server, "yes", &[]);
    let settings = [format!("source.port={port}"), "source.connect_timeout=1s".to_owned()];
    let ran = scene.prepare_job(&settings).run().exits(3);
    let is_recognised =
        ["expects TLS: set `tls = true`", "its port may expect TLS (`tls = true`, or a `rediss://` URL)"];
    assert!(is_recognised.iter().any(|text| ran.stderr.contains(text)), "{}", ran.stderr);
}

#[test]
fn files_that_cannot_be_used_are_named_before_anything_is_connected() {
    let ca = Ca::new();
    let scene = scene(&ca);
    for name in ["one", "other"] {
        ca.certify(&["a client"]).write(scene.folder(), name);
    }
    scene.secret_file("empty.pem", "");
    let faults = |settings: &[&str]| is_invalid(&scene, settings);
    insta::assert_snapshot!(faults(&["source.tls.ca_file=none.pem"]), @"error: --set source.tls.ca_file: `source.tls.ca_file` is none.pem, which cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(faults(&["source.tls.ca_file=empty.pem"]), @"error: --set source.tls.ca_file: `source.tls.ca_file` is empty.pem, which has no certificate in PEM format");
    insta::assert_snapshot!(faults(&["source.tls.cert_file=one.pem"]), @"error: --set source.tls.cert_file: `source.tls.cert_file` needs `source.tls.key_file`, too");
    insta::assert_snapshot!(faults(&["source.tls.cert_file=one.pem", "source.tls.key_file=one.pem"]), @r"
    error: --set source.tls.key_file: `source.tls.key_file` is one.pem, which has no private key in PEM format
      hint: an encrypted key is decrypted by `openssl pkey -in encrypted.pem -out key.pem`
    ");
    insta::assert_snapshot!(faults(&["source.tls.cert_file=one.pem", "source.tls.key_file=other.key"]), @"error: --set source.tls.key_file: `source.tls.key_file` is other.key, which does not belong to the certificate in one.pem");
    insta::assert_snapshot!(faults(&["source.tls=yes"]), @r#"error: --set source.tls: `source.tls` is "yes", but must be true, false, or a table such as { ca_file = "ca.pem" }"#);
    let checked = scene.run(&["check", "job.toml", "--set", "source.tls.ca_file=none.pem"]).exits(0);
    insta::assert_snapshot!(checked.stderr, @"warning: --set source.tls.ca_file: `source.tls.ca_file` is none.pem, which cannot be read: No such file or directory (os error 2)");
}
