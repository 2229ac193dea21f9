//! Keys move over TLS, on both connections of both endpoints.

use std::time::Duration;

use crate::support::{Ca, Certified, Kind, Proxy, Scene, Server, TlsTerminator, assert_same, redis_with_tls, words};

/// A certificate for the address that tests use.
fn certified(ca: &Ca) -> Certified {
    ca.certify(&["127.0.0.1"])
}

/// Settings of an endpoint behind this port.
fn over_tls(side: &str, port: u16) -> Vec<String> {
    vec![format!("{side}.port={port}"), format!("{side}.tls.ca_file=ca.pem")]
}

fn both(source: u16, destination: u16) -> Vec<String> {
    [over_tls("source", source), over_tls("destination", destination)].concat()
}

/// Small keys, and values that are larger than the buffers of sockets and of the TLS library.
fn fill(server: &Server) {
    server.fill(2000);
    for number in 0..3 {
        server.run(words!["SET", format!("big:{number}"), vec![b'x'; 5_000_000]]);
    }
    server.run(words!["RPUSH", "list", "a", "b"]);
    server.run(words!["PEXPIRE", "list", 600_000]);
}

#[test]
fn each_kind_of_server_is_read_and_written_over_tls() {
    let ca = Ca::new();
    for (source, destination) in
        [(Kind::Redis62, Kind::Valkey91), (Kind::Valkey91, Kind::Redis82), (Kind::Redis82, Kind::Redis82)]
    {
        let scene = Scene::between(source, destination);
        ca.write(scene.folder(), "ca.pem");
        fill(&scene.source);
        let (before, after) = (
            TlsTerminator::before(scene.source.port(), &certified(&ca)),
            TlsTerminator::before(scene.destination.port(), &certified(&ca)),
        );
        scene.job("");
        let ran = scene.prepare_job(&both(before.port(), after.port())).run().exits(0);
        ran.outcomes("all", "copied 2004").stderr_lacks("warning");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn redis_is_read_and_written_over_its_own_tls_with_client_certificates() {
    let ca = Ca::new();
    let (source, source_port, _one) = redis_with_tls(&ca, &certified(&ca), "yes", &[]);
    let (destination, destination_port, _other) = redis_with_tls(&ca, &certified(&ca), "yes", &[]);
    let scene = Scene::of(source, destination);
    ca.write(scene.folder(), "ca.pem").certify(&["a client"]).write(scene.folder(), "client");
    fill(&scene.source);
    scene.file(
        "job.toml",
        &format!(
            "[[job]]\nname = \"all\"\nsleep = \"0s\"\n\
             source.url = \"rediss://127.0.0.1:{source_port}\"\n\
             source.tls = {{ ca_file = \"ca.pem\", cert_file = \"client.pem\", key_file = \"client.key\" }}\n\
             [job.destination]\nhost = \"127.0.0.1\"\nport = {destination_port}\n\
             tls = {{ ca_file = \"ca.pem\", cert_file = \"client.pem\", key_file = \"client.key\" }}\n"
        ),
    );
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0);
    ran.outcomes("all", "copied 2004").stderr_lacks("warning");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_name_in_the_certificate_may_differ_from_the_host_if_the_job_gives_it() {
    let (scene, ca) = (Scene::new(), Ca::new());
    ca.write(scene.folder(), "ca.pem");
    scene.source.fill(10);
    let before = TlsTerminator::before(scene.source.port(), &ca.certify(&["cache.internal"]));
    scene.job("");
    let name = "source.tls.server_name=cache.internal".to_owned();
    let settings = [over_tls("source", before.port()), vec![name]].concat();
    scene.prepare_job(&settings).run().exits(0).outcomes("all", "copied 10").stderr_lacks("warning");
}

#[test]
fn an_unverified_server_is_used_with_a_warning_in_every_run() {
    let (scene, ca) = (Scene::new(), Ca::new());
    scene.source.fill(10);
    let before = TlsTerminator::before(scene.source.port(), &ca.certify_until_2020(&["another"]));
    scene.job("");
    let settings = [format!("source.port={}", before.port()), "source.tls.verify=false".to_owned()];
    for outcome in ["copied 10", "existing 10"] {
        let ran = scene.prepare_job(&settings).run().exits(0).outcomes("all", outcome);
        assert_eq!(
            ran.stderr.matches("`source.tls.verify` is false: any server is accepted").count(),
            1,
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_connection_that_is_cut_is_opened_again_over_tls_and_no_key_is_lost() {
    for side in ["source", "destination"] {
        let (scene, ca) = (Scene::new(), Ca::new());
        ca.write(scene.folder(), "ca.pem");
        scene.source.fill(20_000);
        let before = TlsTerminator::before(scene.server(side).port(), &certified(&ca));
        let proxy = Proxy::to(before.port()).cut_every(Duration::from_millis(60), 7);
        scene.job("pipeline_batch_size = 100\nscan_batch_size = 100\nmax_keys_per_second = 20000");
        let ran = scene.prepare_job(&over_tls(side, proxy.port())).run().exits(0);
        ran.assert_account("all");
        assert_eq!((ran.count("all", "failed"), ran.count("all", "vanished")), (0, 0));
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn check_connect_and_a_dry_run_use_tls() {
    let (scene, ca) = (Scene::new(), Ca::new());
    ca.write(scene.folder(), "ca.pem");
    scene.source.fill(10);
    let before = TlsTerminator::before(scene.source.port(), &certified(&ca));
    scene.job("");
    let set: Vec<String> =
        over_tls("source", before.port()).into_iter().flat_map(|set| ["--set".to_owned(), set]).collect();
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    scene.run(&[&["check", "job.toml", "--connect"], &set[..]].concat()).exits(0);
    scene.run(&[&["run", "job.toml", "--dry-run"], &set[..]].concat()).exits(0);
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn the_cas_of_the_system_are_trusted_without_any_file() {
    let (scene, ca) = (Scene::new(), Ca::new());
    ca.write(scene.folder(), "system.pem");
    scene.source.fill(10);
    let before = TlsTerminator::before(scene.source.port(), &certified(&ca));
    scene.file(
        "job.toml",
        &format!(
            "[[job]]\nname = \"all\"\nsleep = \"0s\"\nsource.url = \"valkeys://127.0.0.1:{}\"\ndestination = {{DESTINATION}}\n",
            before.port()
        ),
    );
    let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]).env("SSL_CERT_FILE", "system.pem");
    run.run().exits(0).outcomes("all", "copied 10");
    scene.job("");
    let settings = [format!("source.port={}", before.port()), "source.tls=true".to_owned()];
    let without = scene.prepare_job(&settings).env("SSL_CERT_FILE", "none.pem").run().exits(2);
    without.stderr_has("`source.tls` needs `tls.ca_file`, because this system has no certificates of CAs");
}
