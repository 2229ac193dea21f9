//! Named endpoints: their tables, variables and profiles, and what wins.

use insta::assert_snapshot;

use super::{Scene, server};
use crate::job::{Databases, TargetDatabases};

const PROJECT: &str = "\
[endpoint.shop-old]
url = \"rediss://migrator@old.example\"
password = \"s3cr3t\"
read_only = true

[endpoint.shop-new]
host = \"new.example\"
retry = \"9s\"

[profile.staging.endpoint.shop-old]
url = \"redis://localhost:7001\"
";

const JOB: &str = "[[job]]\nname = \"a\"\nsource = { endpoint = \"shop-old\", db = 3 }\ndestination = \"shop-new\"\n";

fn scene() -> Scene {
    Scene::new().project(PROJECT).file_as_it_is("a.toml", JOB)
}

fn shown(scene: &Scene) -> String {
    let loaded = scene.loads();
    let is_given = |value: &&crate::config::ConfiguredValue| {
        value.key.contains('.') && value.origin != crate::config::Origin::Default
    };
    let values = loaded.jobs[0].values.iter().filter(is_given);
    let lines = values.map(|value| format!("{} = {} ({} {})", value.key, value.shown, value.origin, value.table));
    scene.plain(&lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_name_stands_for_the_keys_of_its_table_and_keys_beside_it_count() {
    assert_snapshot!(shown(&scene()), @r#"
    source.endpoint = "shop-old" (a.toml:3 [[job]])
    source.host = "old.example" (redis-keys-migrator.toml:2 [endpoint.shop-old])
    source.port = 6379 (redis-keys-migrator.toml:2 [endpoint.shop-old])
    source.db = 3 (a.toml:3 [[job]])
    source.username = "migrator" (redis-keys-migrator.toml:2 [endpoint.shop-old])
    source.password = *** (redis-keys-migrator.toml:3 [endpoint.shop-old])
    source.tls = true (redis-keys-migrator.toml:2 [endpoint.shop-old])
    source.read_only = true (redis-keys-migrator.toml:4 [endpoint.shop-old])
    destination.endpoint = "shop-new" (a.toml:4 [[job]])
    destination.host = "new.example" (redis-keys-migrator.toml:7 [endpoint.shop-new])
    destination.retry = "9s" (redis-keys-migrator.toml:8 [endpoint.shop-new])
    "#);
}

#[test]
fn a_profile_a_variable_and_stronger_layers_change_a_named_endpoint() {
    let scene = scene()
        .profile("staging")
        .env("RKM_ENDPOINT__SHOP_OLD__PASSWORD", "pw")
        .env("RKM_ENDPOINT__SHOP_NEW__RETRY", "8s")
        .set("destination.port=7002");
    assert_snapshot!(shown(&scene), @r#"
    source.endpoint = "shop-old" (a.toml:3 [[job]])
    source.host = "localhost" (redis-keys-migrator.toml:11 [profile.staging.endpoint.shop-old])
    source.port = 7001 (redis-keys-migrator.toml:11 [profile.staging.endpoint.shop-old])
    source.db = 3 (a.toml:3 [[job]])
    source.username = "migrator" (redis-keys-migrator.toml:2 [endpoint.shop-old])
    source.password = *** (RKM_ENDPOINT__SHOP_OLD__PASSWORD )
    source.read_only = true (redis-keys-migrator.toml:4 [endpoint.shop-old])
    destination.endpoint = "shop-new" (a.toml:4 [[job]])
    destination.host = "new.example" (redis-keys-migrator.toml:7 [endpoint.shop-new])
    destination.port = 7002 (--set destination.port )
    destination.retry = "8s" (RKM_ENDPOINT__SHOP_NEW__RETRY )
    "#);
}

#[test]
fn a_name_in_a_stronger_layer_leaves_nothing_of_the_weaker_server() {
    let file = "[defaults.source]\nhost = \"h\"\nport = 7000\ndb = 3\nusername = \"u\"\npassword = \"p\"\nretry = \"7s\"\ntls = true\n\
                [endpoint.plain]\nhost = \"plain\"\n[[job]]\nname = \"a\"\nsource = \"plain\"\ndestination.host = \"d\"\n";
    assert_snapshot!(shown(&Scene::new().file_as_it_is("a.toml", file)), @r#"
    source.endpoint = "plain" (a.toml:13 [[job]])
    source.host = "plain" (a.toml:10 [endpoint.plain])
    source.retry = "7s" (a.toml:7 [defaults])
    destination.host = "d" (a.toml:14 [[job]])
    "#);
}

#[test]
fn the_strongest_name_counts_and_a_stronger_url_changes_its_address() {
    let job = scene().env("RKM_SOURCE__ENDPOINT", "shop-new").set("source.url=redis://other").only_job();
    assert_eq!((server(&job).address(), server(&job).password.is_some()), ("other:6379".to_owned(), false));
    assert_eq!(
        job.source.databases(),
        &Databases::One(0),
        "the database beside the weaker name is not that of the new one"
    );
}

#[test]
fn an_endpoint_has_the_databases_of_the_side_that_it_is_used_on() {
    let project = "[endpoint.many]\nhost = \"h\"\ndb = [1, 2]\n[endpoint.same]\nhost = \"g\"\ndb = \"same\"\n";
    let job = "[[job]]\nname = \"a\"\nsource = \"many\"\ndestination = \"same\"\n";
    let job = Scene::new().project(project).file_as_it_is("a.toml", job).only_job();
    assert_eq!(job.destination.db, TargetDatabases::Same);
    let swapped = "[[job]]\nname = \"a\"\nsource = \"same\"\ndestination = \"many\"\n";
    assert_snapshot!(Scene::new().project(project).file_as_it_is("a.toml", swapped).faults(), @r#"
    redis-keys-migrator.toml:6: `endpoint.same.db` is "same", but must be a whole number, between 0 and 65535, a list of such numbers, or "all"
    redis-keys-migrator.toml:3: `endpoint.many.db` is [1, 2], but must be a whole number, between 0 and 65535, "same", or a map of such numbers, such as { "0" = 5, "3" = 0 }
    "#);
}

#[test]
fn a_name_that_no_endpoint_has_is_a_fault_with_the_nearest_name() {
    let job =
        |lines: &str| Scene::new().project(PROJECT).file_as_it_is("a.toml", format!("[[job]]\nname = \"a\"\n{lines}"));
    assert_snapshot!(job("source = \"shop-odl\"\ndestination = \"x\"\n").faults(), @r"
    a.toml:3: job `a`: no endpoint has the name `shop-odl`
      hint: did you mean `shop-old`?
    a.toml:4: job `a`: no endpoint has the name `x`
      hint: known endpoints: `shop-new`, `shop-old`; a host is given as `destination.host`
    ");
    assert_snapshot!(job("source = \"redis://u:s3cr3t@h\"\ndestination.endpoint = \"redis://u:s3cr3t@h\"\n").faults(), @r#"
    a.toml:3: job `a`: `source` is not a table, but must be a table, such as { host = "localhost", port = 6379 }, or the name of an endpoint
      hint: a URL is given as `source.url`
    a.toml:4: job `a`: `destination.endpoint` is ***, but must be the name of an endpoint, one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
      hint: a URL is given as `destination.url`
    "#);
    assert_snapshot!(Scene::job("").set("source.endpoint=x").faults(), @r"
    --set source.endpoint: job `a`: no endpoint has the name `x`
      hint: an endpoint is a table such as `[endpoint.x]`; a host is given as `source.host`
    ");
    assert_snapshot!(scene().env("RKM_ENDPOINT__SHOP_ODL__PASSWORD", "s3cr3t").faults(), @r"
    RKM_ENDPOINT__SHOP_ODL__PASSWORD: no endpoint has a name that is written `SHOP_ODL` in variables
      hint: did you mean `SHOP_OLD`?
    ");
    assert_snapshot!(scene().env("RKM_ENDPOINT__SHOP_OLD__PASWORD", "s3cr3t").faults(), @r"
    RKM_ENDPOINT__SHOP_OLD__PASWORD: unknown variable
      hint: did you mean `RKM_ENDPOINT__SHOP_OLD__PASSWORD`?
    ");
}

#[test]
fn what_is_wrong_in_an_endpoint_is_a_fault_even_if_no_job_uses_it() {
    let project = "[endpoint.a]\nport = 0\nhots = \"h\"\ntls.ca = \"x\"\nurl = \"redis://h\"\nhost = \"h\"\nhost2 = \"${H}\"\n\
                   [endpoint.\"a b\"]\n[endpoint]\nc = \"redis://u:s3cr3t@h\"\nd.endpoint = \"a\"\nd.db = \"x\"\nd.username = \"${U}\"\n\
                   [profile.p]\nendpoint = 1\n";
    assert_snapshot!(Scene::job("").project(project).faults(), @r#"
    redis-keys-migrator.toml:2: `endpoint.a.port` is 0, but must be between 1 and 65535
    redis-keys-migrator.toml:3: unknown key `endpoint.a.hots`
      hint: did you mean `endpoint.a.host`?
    redis-keys-migrator.toml:4: unknown key `endpoint.a.tls.ca`
      hint: TLS is given as `tls` of `source` or `destination`, such as tls = true or tls = { ca_file = "ca.pem" }
    redis-keys-migrator.toml:6: `endpoint.a.url`, `endpoint.a.host` and `endpoint.a.port` cannot be given together: a `url` replaces the single keys
    redis-keys-migrator.toml:7: unknown key `endpoint.a.host2`
      hint: did you mean `endpoint.a.host`?
    redis-keys-migrator.toml:8: `endpoint.a b` is no name of an endpoint, which must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
    redis-keys-migrator.toml:10: `endpoint.c` is not a table, but must be a table
      hint: an endpoint is a table, such as `[endpoint.NAME]`
    redis-keys-migrator.toml:11: `endpoint` cannot be given in a named endpoint
    redis-keys-migrator.toml:12: `endpoint.d.db` is "x", but must be a whole number, between 0 and 65535, a list of such numbers, or "all"
    redis-keys-migrator.toml:13: `endpoint.d.username` contains `${U}`, but variables in values are not supported
      hint: the variable `RKM_ENDPOINT__D__USERNAME` overrides the value
    redis-keys-migrator.toml:15: `profile.p.endpoint` is not a table, but must be a table
      hint: a profile has the tables `[profile.NAME.defaults]` and `[profile.NAME.endpoint.NAME]`
    "#);
}

#[test]
fn a_read_only_endpoint_is_never_written_to_whatever_a_job_says() {
    let of = |destination: &str| {
        let job = format!("[[job]]\nname = \"a\"\nsource.host = \"s\"\ndestination = {destination}\n");
        Scene::new().project(PROJECT).file_as_it_is("a.toml", job).faults()
    };
    assert_snapshot!(of("{ endpoint = \"shop-old\", read_only = false, host = \"x\" }"), @r"
    redis-keys-migrator.toml:4: job `a`: `destination.read_only` is true, so this endpoint is never a destination
      hint: no stronger layer can unset it: name another destination, or remove the key here
    ");
    assert_snapshot!(of("{ url = \"redis://OLD.example/7\" }"), @r"
    redis-keys-migrator.toml:4: job `a`: `endpoint.shop-old.read_only` is true for `old.example:6379`, so it is never a destination
      hint: no stronger layer can unset it: name another destination, or remove the key here
    ");
}

#[test]
fn only_a_source_uses_keys_of_sources() {
    let project = "[endpoint.a]\nhost = \"h\"\nallow_stale_replica = true\n[endpoint.b]\nhost = \"g\"\n";
    let job =
        |lines: &str| Scene::new().project(project).file_as_it_is("a.toml", format!("[[job]]\nname = \"a\"\n{lines}"));
    assert!(server(&job("source = \"a\"\ndestination = \"b\"\n").only_job()).allow_stale_replica);
    assert_eq!(job("source = \"b\"\ndestination = \"a\"\n").only_job().destination.address(), "h:6379");
}
