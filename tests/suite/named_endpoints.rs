//! Endpoints that jobs name, and runs of such jobs.

use crate::support::{Reading, Scene, assert_same};

const PROJECT_FILE: &str = "redis-keys-migrator.toml";

/// Two jobs that name their endpoints. Only the profile `staging` has the right addresses.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(4);
    let project = "\
[endpoint.shop-old]
url = \"redis://old.invalid\"
connect_timeout = \"9s\"
read_only = true

[endpoint.shop-new]
host = \"new.invalid\"

[profile.staging.endpoint.shop-old]
url = \"redis://127.0.0.1:{SOURCE_PORT}\"

[profile.staging.endpoint.shop-new]
host = \"127.0.0.1\"
";
    let jobs = "\
[defaults]
source = \"shop-old\"
sleep = \"0s\"
[[job]]
name = \"one\"
destination = \"shop-new\"
match = \"key:1\"
[[job]]
name = \"other\"
destination = { endpoint = \"shop-new\", db = 3 }
match = \"key:2\"
";
    scene.file(PROJECT_FILE, project).file("jobs.toml", jobs);
    scene
}

#[test]
fn jobs_move_keys_between_endpoints_that_they_name() {
    let scene = scene();
    let before = scene.source.reading();
    let port = scene.destination.port().to_string();
    let arguments = ["run", "jobs.toml", "--profile", "staging", "--report", "report.json"];
    let ran = scene.prepare(&arguments).env("RKM_ENDPOINT__SHOP_NEW__PORT", &port).run().exits(0);
    let ran = ran.outcomes("one", "copied 1").outcomes("other", "copied 1").errors_and_warnings(&[]);
    let line = format!("override: `destination.port` is {port}, set by RKM_ENDPOINT__SHOP_NEW__PORT (in one, other)\n");
    ran.stderr_has(&line).stdout_has("done: 2 jobs, 2 keys, 2 copied, ");
    assert_eq!(scene.destination.reading().names(), ["key:1"]);
    assert_eq!(Reading::of(&mut scene.destination.db(3)).names(), ["key:2"]);
    assert_same(&before, &scene.source.reading());
}

#[test]
fn a_read_only_endpoint_is_refused_as_a_destination_by_name_and_by_address() {
    let scene = scene();
    let before = scene.source.reading();
    let of_source = format!("destination.url=redis://127.0.0.1:{}/9", scene.source.port());
    for set in ["destination.endpoint=shop-old", &of_source] {
        let arguments =
            ["run", "jobs.toml", "--profile", "staging", "--set", set, "--set", "destination.read_only=false"];
        let ran = scene.run(&arguments).exits(2).stderr_has("is never a destination").stderr_has(":4: job `one`: ");
        assert_eq!(ran.stdout, "");
    }
    assert_same(&before, &scene.source.reading());
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_name_that_no_endpoint_has_is_refused() {
    let ran = scene().run(&["run", "jobs.toml", "--set", "job.one.source.endpoint=shop-odl"]).exits(2);
    ran.errors_and_warnings(&[&["job `one`: no endpoint has the name `shop-odl`"]])
        .stderr_has("did you mean `shop-old`?");
}

#[test]
fn show_names_layer_file_and_line_of_each_value_of_an_endpoint_and_no_secret() {
    let scene = scene();
    let arguments = ["show", "jobs.toml", "--job", "other", "--profile", "staging"];
    let ran = scene.prepare(&arguments).env("RKM_ENDPOINT__SHOP_OLD__PASSWORD", "s3cr3t").run().exits(0);
    let ran = ran.stdout_lacks("s3cr3t").stderr_lacks("s3cr3t");
    for (key, shown) in [
        ("source.endpoint", "\"shop-old\" jobs.toml:2 [defaults]"),
        ("source.host", "\"127.0.0.1\" redis-keys-migrator.toml:10 [profile.staging.endpoint.shop-old]"),
        ("source.connect_timeout", "\"9s\" redis-keys-migrator.toml:3 [endpoint.shop-old]"),
        ("source.password", "*** RKM_ENDPOINT__SHOP_OLD__PASSWORD"),
        ("destination.endpoint", "\"shop-new\" jobs.toml:10 [[job]]"),
        ("destination.host", "\"127.0.0.1\" redis-keys-migrator.toml:13 [profile.staging.endpoint.shop-new]"),
        ("destination.db", "3 jobs.toml:10 [[job]]"),
    ] {
        ran.shows(key, shown);
    }
}
