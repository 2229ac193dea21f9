//! Errors and warnings before the first key moves.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::support::{Kind, Scene, Server, closed_port, words};

/// A scene with keys, so that a run that should not happen is noticed.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(5);
    scene
}

#[track_caller]
fn nothing_was_moved(scene: &Scene) {
    assert_eq!(scene.destination.size(), 0, "keys were moved");
    assert_eq!(scene.source.succeeded("scan"), 0, "the source was scanned");
    assert!(!scene.folder().join("redis-keys-migrator-error.log").exists(), "the error log was written");
}

#[test]
fn an_endpoint_that_cannot_be_reached_is_refused() {
    for side in ["source", "destination"] {
        let scene = scene();
        let address = format!("127.0.0.1:{}", closed_port());
        let (host, port) = address.split_once(':').expect("host and port");
        scene.job("");
        let ran = scene.run(&[
            "run",
            "job.toml",
            "--set",
            &format!("{side}.host={host}"),
            "--set",
            &format!("{side}.port={port}"),
            "--set",
            &format!("{side}.connect_timeout=200ms"),
        ]);
        ran.exits(3).stderr_has(&format!("the {side} `{address}` cannot be reached")).stderr_has("`all`");
        nothing_was_moved(&scene);
    }
}

#[test]
fn a_host_without_an_address_is_refused() {
    let scene = scene();
    scene.job("");
    let settings = ["--set", "source.host=no.such.host.invalid", "--set", "source.connect_timeout=200ms"];
    let ran = scene.run(&[&["run", "job.toml"], &settings[..]].concat());
    ran.exits(3).stderr_has("no.such.host.invalid");
    nothing_was_moved(&scene);
}

#[test]
fn a_wrong_password_is_refused_and_not_printed() {
    let scene = Scene::of(Server::with(Kind::Redis70, &["--requirepass", "right"]), Server::start(Kind::Redis70));
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "--set", "source.password=wr0ng"]);
    ran.exits(3).stderr_has("refused the login").stderr_has("WRONGPASS").stderr_lacks("wr0ng");
}

#[test]
fn a_missing_password_is_refused() {
    let scene = Scene::of(Server::with(Kind::Redis70, &["--requirepass", "right"]), Server::start(Kind::Redis70));
    scene.run_job("").exits(3).stderr_has("refused the login").stderr_has("NOAUTH");
}

#[test]
fn a_database_that_the_server_does_not_have_is_refused() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &["--databases", "3"]));
    scene.source.fill(5);
    scene.job("");
    scene.run(&["run", "job.toml", "--set", "destination.db=3"]).exits(3).stderr_has("has no database 3");
    nothing_was_moved(&scene);
}

#[test]
fn source_and_destination_that_are_the_same_database_are_refused_under_any_name() {
    for name in ["127.0.0.1", "localhost"] {
        let scene = scene();
        scene.file(
            "job.toml",
            &format!(
                "[[job]]\nname = \"all\"\nsource = {{SOURCE}}\n\
                 destination = {{ host = \"{name}\", port = {{SOURCE_PORT}} }}\n"
            ),
        );
        scene.run(&["run", "job.toml"]).exits(3).stderr_has("source and destination must differ");
        nothing_was_moved(&scene);
    }
}

#[test]
fn a_destination_that_is_a_read_only_replica_is_refused() {
    let scene = scene();
    let master = Server::start(Kind::Redis70);
    scene.destination.run(words!["REPLICAOF", "127.0.0.1", master.port()]);
    scene.run_job("").exits(3).stderr_has("is a read-only replica");
    nothing_was_moved(&scene);
}

#[test]
fn a_source_that_is_a_replica_is_accepted() {
    let master = Server::start(Kind::Redis70);
    master.fill(5);
    let replica = Server::with(Kind::Redis70, &["--replicaof", &format!("127.0.0.1 {}", master.port())]);
    let scene = Scene::of(replica, Server::start(Kind::Redis70));
    for _ in 0..200 {
        if scene.source.size() == 5 {
            break;
        }
        thread::sleep(Duration::from_millis(25));
    }
    scene.run_job("").exits(0).outcomes("all", "copied 5");
}

#[test]
fn a_user_without_a_necessary_permission_is_refused() {
    let scene = scene();
    scene.destination.run(words!["ACL", "SETUSER", "reader", "on", ">x", "~*", "+@all", "-restore"]);
    scene.job("");
    let ran =
        scene.run(&["run", "job.toml", "--set", "destination.username=reader", "--set", "destination.password=x"]);
    ran.exits(3).stderr_has("restore");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_destination_that_evicts_keys_causes_a_warning() {
    let limits = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &limits));
    scene.source.fill(5);
    scene.run_job("").exits(0).stderr_has("evicts keys").outcomes("all", "copied 5");
}

#[test]
fn a_destination_without_memory_for_the_job_causes_a_warning() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &["--maxmemory", "3mb"]));
    scene.source.run(words!["DEBUG", "POPULATE", 2000, "key", 10_000]);
    scene.run_job("").exits(3).stderr_has("maxmemory");
}

#[test]
fn good_endpoints_cause_no_warning() {
    scene().run_job("").exits(0).stderr_lacks("warn").stderr_lacks("WARN");
}

#[test]
fn a_run_waits_for_a_server_that_is_still_loading() {
    let scene = loading_scene("2000");
    scene.run_job("").exits(0).outcomes("all", "copied 283");
}

#[test]
fn a_server_that_loads_for_longer_than_response_timeout_is_refused() {
    let scene = loading_scene("60000");
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "--set", "source.response_timeout=1s"]);
    ran.exits(3).stderr_has("is still loading its data after 1s (`response_timeout`)");
}

/// A source that takes so many microseconds to load each key of the sample backup.
fn loading_scene(delay: &str) -> Scene {
    let backup = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs/quickstart.rdb");
    let slowly = ["--key-load-delay", delay, "--loading-process-events-interval-bytes", "1024"];
    Scene::of(Server::loading(Kind::Redis70, &backup, &slowly), Server::start(Kind::Redis70))
}

#[test]
fn one_bad_endpoint_stops_the_run_before_any_key_moves() {
    let scene = two_jobs();
    let ran = scene.run(&["run", "jobs.toml", "--report", "report.json"]).exits(3);
    assert_eq!((ran.status_of("good"), ran.status_of("bad")), ("not-run".to_owned(), "refused".to_owned()));
    nothing_was_moved(&scene);
}

#[test]
fn with_keep_going_the_jobs_with_good_endpoints_run() {
    let scene = two_jobs();
    let ran = scene.run(&["run", "jobs.toml", "--report", "report.json", "--keep-going"]).exits(3);
    assert_eq!((ran.status_of("good"), ran.status_of("bad")), ("done".to_owned(), "refused".to_owned()));
    assert_eq!(scene.destination.size(), 5);
}

fn two_jobs() -> Scene {
    let scene = scene();
    let port = closed_port();
    scene.file(
        "jobs.toml",
        &format!(
            "[defaults]\nsource = {{SOURCE}}\nsleep = \"0s\"\n[[job]]\nname = \"good\"\ndestination = {{DESTINATION}}\n\
             [[job]]\nname = \"bad\"\ndestination = {{ host = \"127.0.0.1\", port = {port}, connect_timeout = \"200ms\" }}\n"
        ),
    );
    scene
}

#[test]
fn check_connect_examines_source_and_destination_and_moves_nothing() {
    let scene = scene();
    scene.job("");
    scene.run(&["check", "job.toml", "--connect"]).exits(0);
    nothing_was_moved(&scene);
    let port = closed_port().to_string();
    let ran = scene.run(&["check", "job.toml"]);
    ran.exits(0);
    let check = scene.prepare(&["check", "job.toml", "--connect"]).env("RKM_DESTINATION__PORT", &port);
    let ran = check.env("RKM_DESTINATION__CONNECT_TIMEOUT", "200ms").run();
    ran.exits(3).stderr_has("cannot be reached");
    nothing_was_moved(&scene);
}
