//! Endpoints that Sentinels name, and endpoints that are never written to.

use insta::assert_snapshot;

use super::Scene;

const TWO: &str = "source = { sentinel = [\"a\", \"b:7\"], service = \"m\", read_from = \"replica\" }";

#[test]
fn sentinels_and_a_service_name_an_endpoint() {
    let job = Scene::job(TWO).only_job();
    let source = job.source.server().expect("a server");
    assert_eq!((source.address().as_str(), source.is_replica()), ("m@a:26379", true));
    let scene = Scene::job("").set("destination.sentinel=a:1, b").set("destination.service=m");
    let scene = scene.env("RKM_DESTINATION__ADDRESS_MAP", "{ \"10.0.0.5:1\" = \"x:2\" }");
    let destination = scene.only_job().destination;
    let service = destination.service().expect("a service");
    assert_eq!((service.sentinel.len(), service.address_map.len(), destination.is_replica()), (2, 1, false));
    // A stronger map replaces a weaker one.
    let other = scene.set("destination.address_map={ \"10.0.0.6:1\" = \"y:2\" }").only_job().destination;
    assert_eq!(other.service().expect("a service").address_map.len(), 1);
}

#[test]
fn a_url_of_sentinels_stands_for_single_keys_and_keeps_their_login() {
    let lines = "source = { url = \"redis-sentinel://u:p@a,b:7/m/3\", sentinel_password = \"s\" }";
    assert_snapshot!(Scene::job(lines).shows("source."), @r#"
    a source.sentinel = ["a:26379", "b:7"] (a.toml:4)
    a source.service = "m" (a.toml:4)
    a source.sentinel_password = *** (a.toml:4)
    a source.db = 3 (a.toml:4)
    a source.username = "u" (a.toml:4)
    a source.password = *** (a.toml:4)
    a source.connect_timeout = "5s" (default)
    a source.response_timeout = "60s" (default)
    a source.retry = "5m" (default)
    a source.allow_stale_replica = false (default)
    "#);
}

#[test]
fn a_stronger_host_takes_the_place_of_sentinels_and_the_other_way_round() {
    let source = |scene: Scene| scene.only_job().source.server().expect("a server").address();
    assert_eq!(source(Scene::job(TWO).set("source.host=h")), "h:6379");
    let sentinel = Scene::job("source.host = \"h\"").set("source.sentinel=s").set("source.service=m");
    assert_eq!(source(sentinel), "m@s:26379");
}

#[test]
fn what_excludes_sentinels_and_what_they_need() {
    let faults = |lines: &str| Scene::job(lines).faults();
    assert_snapshot!(faults("source = { host = \"h\", sentinel = [\"a\"], service = \"m\" }"));
    assert_snapshot!(faults("source = { sentinel = [\"a\"] }"));
    assert_snapshot!(faults(
        "source = { sentinel = [\"a/b\"], service = \"m\", sentinel_password = \"x\", sentinel_password_file = \"y\" }"
    ));
}

#[test]
fn a_read_only_destination_is_refused_in_every_layer() {
    let file = "[defaults.destination]\nread_only = true\n[[job]]\nname = \"a\"\ndestination = { host = \"b\", read_only = false }\n";
    let scene = || Scene::new().file("a.toml", file);
    for scene in
        [scene(), scene().set("destination.read_only=false"), scene().env("RKM_DESTINATION__READ_ONLY", "false")]
    {
        assert_snapshot!("a_read_only_destination", scene.faults());
    }
    let scene = Scene::job("").env("RKM_DESTINATION__READ_ONLY", "true").set("destination.read_only=false");
    assert_snapshot!(scene.faults());
}

#[test]
fn a_read_only_source_is_no_destination_of_any_job() {
    let job = |name: &str, source: &str, destination: &str| {
        format!(
            "[[job]]\nname = \"{name}\"\nsource = {{ host = \"{source}\", read_only = true }}\ndestination.host = \"{destination}\"\n"
        )
    };
    let file = |to: &str| Scene::new().file("a.toml", job("a", "x", "y") + &job("b", "z", to));
    assert_eq!(file("w").loads().jobs.len(), 2);
    assert_snapshot!(file("X").faults());
    let overridden = Scene::new().file("a.toml", job("a", "x", "y")).env("RKM_DESTINATION__HOST", "x");
    assert_snapshot!(overridden.faults());
}
