//! Endpoints that are clusters, and nodes that are not taken for their cluster.

use insta::assert_snapshot;

use super::Scene;

const TWO: &str =
    "source = { cluster = [\"a\", \"b:7\"], read_from = \"replica\", address_map = { \"x:1\" = \"y:2\" } }";

#[test]
fn nodes_of_a_cluster_name_an_endpoint() {
    let job = Scene::job(TWO).only_job();
    let source = job.source.server().expect("a server");
    let cluster = source.cluster().expect("a cluster");
    assert_eq!((source.address().as_str(), cluster.cluster.len()), ("cluster a:6379", 2));
    assert_eq!((cluster.read_from, cluster.address_map.len()), (crate::job::ReadFrom::Replica, 1));
    let destination = Scene::job("").env("RKM_DESTINATION__CLUSTER", "a:1, b").only_job().destination;
    assert_eq!(destination.cluster().expect("a cluster").cluster.len(), 2);
}

#[test]
fn a_url_of_a_cluster_stands_for_single_keys() {
    let lines = "source = { url = \"redis-cluster://u:p@a,b:7/3\", tls.verify = false }";
    assert_snapshot!(Scene::job(lines).shows("source."));
}

#[test]
fn a_stronger_host_takes_the_place_of_a_cluster_and_the_other_way_round() {
    let source = |scene: Scene| scene.only_job().source.server().expect("a server").address();
    assert_eq!(source(Scene::job(TWO).set("source.host=h")), "h:6379");
    assert_eq!(source(Scene::job("source.host = \"h\"").set("source.cluster=s")), "cluster s:6379");
    let sentinel = "source = { sentinel = [\"s\"], service = \"m\" }";
    assert_eq!(source(Scene::job(sentinel).set("source.cluster=s")), "cluster s:6379");
    assert_eq!(source(Scene::job(TWO).set("source.sentinel=s").set("source.service=m")), "m@s:26379");
    assert_eq!(source(Scene::job(TWO).set("source.url=redis-cluster://c")), "cluster c:6379");
}

#[test]
fn with_false_a_host_is_one_node_in_whatever_layers_they_are() {
    let one = |scene: Scene| {
        let job = scene.only_job();
        let source = job.source.server().expect("a server");
        (source.address(), source.is_single)
    };
    let alone = ("h:6379".to_owned(), true);
    assert_eq!(one(Scene::job("source = { host = \"h\", cluster = false }")), alone);
    assert_eq!(one(Scene::job("source = { url = \"redis://h\", cluster = false }")), alone);
    assert_eq!(one(Scene::job("source.cluster = false").set("source.host=h")), alone);
    assert_eq!(one(Scene::job("source.host = \"h\"").set("source.cluster=false")), alone);
    assert_eq!(one(Scene::job("source.cluster = false").set("source.cluster=h")), ("cluster h:6379".to_owned(), false));
    assert_snapshot!(Scene::job("source = { host = \"h\", cluster = false }").shows("source.cluster"), @"a source.cluster = false (a.toml:4)");
}

#[test]
fn what_excludes_a_cluster_and_what_it_cannot_be() {
    let faults = |lines: &str| Scene::job(lines).faults();
    assert_snapshot!(faults("source = { host = \"h\", port = 1, cluster = [\"a\"] }"));
    assert_snapshot!(faults("source = { sentinel = [\"a\"], service = \"m\", cluster = [\"a\"] }"));
    assert_snapshot!(faults("source = { url = \"redis-cluster://a\", cluster = [\"a\"] }"));
    assert_snapshot!(faults("source = { rdb = \"a.rdb\", cluster = [\"a\"] }"));
    assert_snapshot!(faults("source = { host = \"h\", cluster = true }"));
    assert_snapshot!(faults("source = { cluster = [\"a/b\"] }"));
    assert_snapshot!(Scene::job(TWO).set("source.cluster=false").faults());
    let declared = "server = { flavour = \"redis\", version = \"7.0\" }";
    assert_snapshot!(faults(&format!("source = {{ cluster = [\"a\"], {declared} }}")));
    Scene::job(&format!("source = {{ host = \"h\", {declared} }}")).set("source.cluster=false").only_job();
}

#[test]
fn settings_of_clusters_have_no_effect_for_a_host() {
    let lines = "source = { host = \"h\", read_from = \"replica\", address_map = { \"x:1\" = \"y:2\" } }";
    assert_snapshot!(Scene::job(lines).warnings());
    let lines = "source = { cluster = [\"h\"], sentinel_password = \"s\" }";
    assert_snapshot!(Scene::job(lines).warnings());
}

#[test]
fn the_nodes_of_a_read_only_cluster_are_no_destinations() {
    let file = "[[job]]\nname = \"a\"\nsource = { cluster = [\"X:1\", \"y:2\"], read_only = true }\ndestination.host = \"z\"\n\
                [[job]]\nname = \"b\"\nsource.host = \"z\"\n";
    let faults =
        |destination: &str| Scene::new().file("a.toml", format!("{file}destination = {destination}\n")).faults();
    assert_snapshot!(faults("{ host = \"x\", port = 1 }"));
    assert_snapshot!(faults("{ cluster = [\"other\", \"y:2\"] }"));
}

#[test]
fn the_certificate_of_a_node_is_for_its_own_host_unless_a_name_is_given() {
    let name = |lines: &str| {
        let job = Scene::job(lines).only_job();
        let node = super::server(&job).member(crate::job::HostPort { host: "n".to_owned(), port: 1 });
        node.tls.map(|tls| tls.client.name.is_some())
    };
    assert_eq!(name("source = { cluster = [\"a\"], tls.verify = false }"), Some(false));
    assert_eq!(name("source = { host = \"a\", tls.verify = false }"), Some(false));
    assert_eq!(name("source = { host = \"a\", tls = { server_name = \"n\", verify = false } }"), Some(true));
}
