//! TLS of an endpoint, and which layer decides on it.

use insta::assert_snapshot;

use super::Scene;

/// The keys of TLS of the source that have an effect.
fn shown(scene: Scene) -> String {
    scene.secrets(crate::config::Secrets::Warn).shows("source.tls")
}

fn layered(weaker: &str, stronger: &[&str]) -> String {
    shown(stronger.iter().fold(Scene::job(weaker), |scene, set| scene.set(set)))
}

#[test]
fn a_table_or_one_of_its_keys_switches_tls_on() {
    assert_eq!(layered("source.tls = true", &[]), "a source.tls = true (a.toml:4)");
    assert_eq!(layered("source.tls = {}", &[]), "a source.tls = true (a.toml:4)");
    let of_key = "a source.tls.server_name = \"n\" (a.toml:4)";
    assert_eq!(layered("source.tls = { server_name = \"n\" }", &[]), of_key);
    assert_eq!(
        layered("source.url = \"redis://h\"\nsource.tls.verify = false", &[]),
        "a source.tls.verify = false (a.toml:5)"
    );
    assert_eq!(
        layered("", &["source.tls.server_name=n"]),
        "a source.tls.server_name = \"n\" (--set source.tls.server_name)"
    );
}

#[test]
fn a_stronger_layer_switches_it_on_and_off_and_keeps_the_keys_of_a_weaker_one() {
    let weaker = "source.tls = { server_name = \"n\" }";
    assert_eq!(layered(weaker, &["source.tls=false"]), "a source.tls = false (--set source.tls)");
    let of_weaker = "a source.tls.server_name = \"n\" (a.toml:4)";
    assert_eq!(layered(weaker, &["source.tls=true"]), of_weaker);
    assert_eq!(layered(weaker, &["source.host=h"]), of_weaker);
    assert_eq!(
        layered("source.tls = false", &["source.tls.verify=true"]),
        "a source.tls.verify = true (--set source.tls.verify)"
    );
}

#[test]
fn the_scheme_of_a_url_decides_unless_the_key_beside_it_does() {
    for scheme in ["rediss", "valkeys"] {
        assert_eq!(layered("", &[&format!("source.url={scheme}://h")]), "a source.tls = true (--set source.url)");
    }
    assert_eq!(layered("source.url = \"rediss://h\"", &["source.url=redis://h"]), "");
    assert_eq!(layered("source.tls = { server_name = \"n\" }", &["source.url=redis://h"]), "");
    assert_eq!(layered("", &["source.url=redis://h", "source.tls=true"]), "a source.tls = true (--set source.tls)");
    assert_snapshot!(Scene::job("source = { url = \"rediss://h\", tls = false }").faults(), @"a.toml:4: job `a`: `source.url` and `source.tls` cannot be given together: a `rediss://` URL means TLS");
}

#[test]
fn a_socket_or_a_file_has_no_tls() {
    assert_snapshot!(Scene::job("source = { socket = \"s\", tls = true }").faults(), @"a.toml:4: job `a`: `source.tls` cannot be used with a Unix socket, whose connections are not encrypted");
    assert_snapshot!(Scene::job("source = { rdb = \"x\", tls = true }").faults(), @"a.toml:4: job `a`: `source.rdb` and `source.tls` cannot be given together: keys are read from a file or from a server");
    assert_eq!(layered("source.tls = true", &["source.socket=s"]), "");
    assert_eq!(layered("source.tls = true", &["source.rdb=x"]), "");
    assert_snapshot!(Scene::job("source.rdb = \"x\"").set("source.tls=true").warnings(), @"job `a`: no effect, because the source is a file: `source.tls`");
}

#[test]
fn a_server_that_sentinels_name_has_tls_and_its_name_is_found_later() {
    let url = "source.url=redis-sentinel://h/m";
    assert_eq!(layered("source.tls = true", &[url]), "a source.tls = true (a.toml:4)");
    assert_eq!(layered("source.url = \"rediss://h\"", &[url]), "a source.tls = true (a.toml:4)");
    assert_eq!(layered("", &[url]), "");
    let name = |lines: &str| {
        let job = Scene::job(&format!("source = {{ sentinel = [\"a\"], service = \"m\", {lines} }}")).only_job();
        super::server(&job).tls.as_ref().map(|tls| (tls.server_name.clone(), tls.client.name.is_some()))
    };
    assert_eq!(name("tls.verify = false"), Some((None, false)));
    assert_eq!(name("tls = { server_name = \"n\", verify = false }"), Some((Some("n".to_owned()), true)));
}

#[test]
fn a_host_that_no_certificate_can_have_needs_a_name() {
    assert_snapshot!(Scene::job("source = { host = \"bücher.example\", tls = true }").faults(), @"
    a.toml:4: `source.host` is a name that no certificate can have
      hint: give the name in the certificate as `source.tls.server_name`
    ");
    let job = Scene::job("source = { host = \"fe80::1%eth0\", tls = true }").only_job();
    assert_eq!(
        super::server(&job).tls.as_ref().and_then(|tls| tls.client.name.as_ref()),
        Some(&"fe80::1".try_into().expect("an address"))
    );
}
