//! Endpoints that are Unix sockets.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::reports::assert_valid;
use crate::support::{Dataset, Kind, Ran, Scene, Server, assert_same, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const LOG: &str = "redis-keys-migrator-error.log";
const SIDES: [&str; 2] = ["source", "destination"];
/// Each way to name the endpoints of a job, at least one of them by its socket.
const WAYS: [&str; 5] = [
    "source = { socket = \"{SOURCE_SOCKET}\" }\ndestination = {DESTINATION}",
    "source = {SOURCE}\ndestination = { socket = \"{DESTINATION_SOCKET}\" }",
    "source = { socket = \"{SOURCE_SOCKET}\" }\ndestination = { socket = \"{DESTINATION_SOCKET}\" }",
    "source = { url = \"unix://{SOURCE_SOCKET}\" }\ndestination = { url = \"unix://{DESTINATION_SOCKET}\" }",
    "source = { url = \"unix://{SOURCE_SOCKET}\" }\ndestination = { socket = \"{DESTINATION_SOCKET}\" }",
];
const BY_SOCKETS: &str = WAYS[2];

/// Writes `job.toml`: one job called `all`, without sleep, with these endpoints and further lines.
fn job(scene: &Scene, lines: &str) {
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\nsleep = \"0s\"\n{lines}\n"));
}

fn path(server: &Server) -> String {
    server.socket().display().to_string()
}

#[test]
fn a_mixed_database_arrives_exactly_if_either_endpoint_is_a_socket() {
    for kind in [Kind::Redis70, Kind::Valkey91] {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(1500).fill(&mut scene.source.client());
        for way in WAYS {
            scene.destination.run(words!["FLUSHALL"]);
            job(&scene, way);
            let ran = scene.run(&RUN).exits(0).outcomes("all", "copied 1500").errors_and_warnings(&[]);
            assert_valid(&ran.report());
            assert_same(&scene.source.reading(), &scene.destination.reading());
            scene.run(&RUN).exits(0).outcomes("all", "existing 1500");
        }
    }
}

#[test]
fn the_log_and_the_report_name_a_socket_by_its_path() {
    let scene = Scene::new();
    scene.source.fill(3);
    job(&scene, BY_SOCKETS);
    let [from, to] = [&scene.source, &scene.destination].map(path);
    let ran = scene
        .run(&RUN)
        .exits(0)
        .stderr_has(&format!("from {from} (database 0"))
        .stderr_has(&format!("to {to} (database 0"));
    let job = ran.job("all");
    assert_eq!([&job["source"]["address"], &job["destination"]["address"]], [&from, &to]);
    let configured = SIDES.map(|side| job["configuration"][side]["socket"].as_str());
    assert_eq!(configured, [Some(from.as_str()), Some(to.as_str())], "{job}");
    assert!(SIDES.iter().all(|side| job["configuration"][side].get("port").is_none()), "{job}");
}

#[test]
fn a_dry_run_and_check_work_over_sockets() {
    let scene = Scene::new();
    scene.source.fill(5);
    job(&scene, BY_SOCKETS);
    scene.run(&["check", "job.toml", "--connect"]).exits(0);
    scene.run(&[&RUN[..], &["--dry-run"]].concat()).exits(0).outcomes("all", "copied 5");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn login_and_database_work_over_sockets_and_no_secret_is_shown() {
    let logins = [
        "source.url = \"unix://mover:p%40ss%2Fword@{SOURCE_SOCKET}?db=3\"\n\
         destination.url = \"unix://mover:p%40ss%2Fword@{DESTINATION_SOCKET}?db=5\"",
        "source = { socket = \"{SOURCE_SOCKET}\", username = \"mover\", password = \"p@ss/word\", db = 3 }\n\
         destination = { socket = \"{DESTINATION_SOCKET}\", username = \"mover\", password_file = \"secret\", db = 5 }",
    ];
    for lines in logins {
        let scene = Scene::new();
        scene.source.db(3).run(words!["SET", "key", "value"]);
        scene.source.db(0).run(words!["SET", "other", "value"]);
        for server in [&scene.source, &scene.destination] {
            server.run(words!["ACL", "SETUSER", "mover", "on", ">p@ss/word", "~*", "+@all"]);
        }
        scene.secret_file("secret", "p@ss/word\n");
        job(&scene, lines);
        let ran = scene.run(&RUN).exits(0).outcomes("all", "copied 1");
        assert_eq!(scene.destination.db(5).run(words!["GET", "key"]).text(), "value");
        assert_eq!(scene.destination.run(words!["INFO", "keyspace"]).text().matches(":keys=").count(), 1, "{lines}");
        let shown = [ran.stdout.clone(), ran.stderr.clone(), ran.report().to_string()].concat();
        for secret in ["p@ss/word", "p%40ss"] {
            assert!(!shown.contains(secret), "`{secret}` is shown: {shown}");
        }
    }
}

#[test]
fn a_wrong_password_over_a_socket_names_its_path() {
    for side in SIDES {
        let scene = Scene::of(locked(), locked());
        job(&scene, BY_SOCKETS);
        let passwords =
            SIDES.map(|other| format!("{other}.password={}", if other == side { "wrong" } else { "right" }));
        let login = ["--set", &passwords[0], "--set", &passwords[1]];
        let ran = scene.run(&[&RUN[..], &login].concat()).exits(3);
        let server = if side == "source" { &scene.source } else { &scene.destination };
        ran.stderr_has(&format!("the {side} `{}` refused the login", path(server)));
    }
}

fn locked() -> Server {
    Server::with(Kind::Redis70, &["--requirepass", "right"])
}

/// A path relative to the current directory, as a job file may give it.
#[test]
fn a_relative_path_is_relative_to_the_current_directory() {
    let scene = Scene::new();
    scene.source.fill(3);
    std::os::unix::fs::symlink(scene.source.socket(), scene.folder().join("s.sock"))
        .expect("a link in the test's folder");
    job(&scene, "source.socket = \"s.sock\"\ndestination = {DESTINATION}");
    scene.run(&RUN).exits(0).outcomes("all", "copied 3");
    job(&scene, "source.socket = \"./s.sock\"\ndestination = {DESTINATION}");
    scene.run(&RUN).exits(0).outcomes("all", "existing 3");
}

#[test]
fn a_stronger_layer_replaces_a_socket_by_a_host_and_a_host_by_a_socket() {
    let scene = Scene::new();
    scene.source.fill(3);
    job(&scene, "source.socket = \"none.sock\"\ndestination = { host = \"127.0.0.1\", port = 1 }");
    let host = ["--set", "source.host=127.0.0.1", "--set", "source.port={SOURCE_PORT}"];
    let run = scene.prepare(&[&RUN[..], &host].concat());
    run.env("RKM_DESTINATION__SOCKET", "{DESTINATION_SOCKET}").run().exits(0).outcomes("all", "copied 3");
    job(&scene, "source.url = \"redis://127.0.0.1:1\"\ndestination.url = \"redis://127.0.0.1:1\"");
    let socket = ["--set", "source.socket={SOURCE_SOCKET}", "--set", "destination.url=unix://{DESTINATION_SOCKET}"];
    scene.run(&[&RUN[..], &socket].concat()).exits(0).outcomes("all", "existing 3");
}

#[test]
fn the_same_database_by_port_and_by_socket_is_refused() {
    let scene = Scene::new();
    scene.source.fill(3);
    job(&scene, "source = {SOURCE}\ndestination.socket = \"{SOURCE_SOCKET}\"");
    let ran = scene.run(&RUN).exits(3);
    ran.stderr_has(&format!("the destination `{}` is the source's own database 0", path(&scene.source)));
    job(&scene, "source = {SOURCE}\ndestination = { socket = \"{SOURCE_SOCKET}\", db = 1 }");
    scene.run(&RUN).exits(0).outcomes("all", "copied 3");
}

/// Runs with this path as the socket of one side, and fails unless it is refused before the run begins.
#[track_caller]
fn is_unreachable(scene: &Scene, side: &str, socket: &Path, why: &str) {
    scene.file(LOG, "from an earlier run\n");
    job(scene, BY_SOCKETS);
    let settings = [format!("{side}.socket={}", socket.display()), format!("{side}.connect_timeout=200ms")];
    let settings = ["--set", &settings[0], "--set", &settings[1]];
    let ran = scene.prepare(&[&RUN[..], &settings].concat()).unprivileged().run().exits(3);
    let message = format!("the {side} `{}` cannot be reached: {why}", socket.display());
    let ran = ran.errors_and_warnings(&[&["error: job `all` cannot be run", &message]]).stdout_has(&message);
    is_refused(scene, &ran);
}

#[track_caller]
fn is_refused(scene: &Scene, ran: &Ran) {
    assert_eq!(ran.status_of("all"), "refused");
    assert_eq!((scene.source.succeeded("scan"), scene.destination.size()), (0, 0));
    assert_eq!(scene.read(LOG), "from an earlier run\n");
}

#[test]
fn a_missing_socket_is_refused_with_its_path() {
    let scene = Scene::new();
    for side in SIDES {
        is_unreachable(&scene, side, &scene.folder().join("none.sock"), "No such file or directory");
    }
}

#[test]
fn a_socket_without_a_server_is_refused_with_its_path() {
    let scene = Scene::new();
    let socket = scene.folder().join("left-over.sock");
    // The file remains when its server has stopped.
    drop(UnixListener::bind(&socket).expect("a socket in the test's folder"));
    for side in SIDES {
        is_unreachable(&scene, side, &socket, "Connection refused");
    }
}

#[test]
fn a_socket_without_permission_is_refused_with_its_path() {
    for side in SIDES {
        let scene = Scene::new();
        let server = if side == "source" { &scene.source } else { &scene.destination };
        fs::set_permissions(server.socket(), Permissions::from_mode(0o000)).expect("a socket of the test's server");
        is_unreachable(&scene, side, &server.socket(), "Permission denied");
    }
}

#[test]
fn a_file_that_is_not_a_socket_is_refused_with_its_path() {
    let scene = Scene::new();
    scene.file("data.rdb", "REDIS0010");
    for side in SIDES {
        is_unreachable(&scene, side, &scene.folder().join("data.rdb"), "");
        is_unreachable(&scene, side, scene.folder(), "");
    }
    assert_eq!(scene.read("data.rdb"), "REDIS0010");
}

#[test]
fn a_path_that_is_too_long_for_a_socket_is_refused_with_its_path() {
    let scene = Scene::new();
    for side in SIDES {
        is_unreachable(&scene, side, &scene.folder().join("s".repeat(120)), "");
    }
}

#[test]
fn a_killed_server_behind_a_socket_ends_the_job_with_code_3_and_is_named_by_its_path() {
    for side in SIDES {
        let scene = Scene::new();
        scene.source.fill(200);
        job(&scene, BY_SOCKETS);
        let slowly = ["--set", "sleep=100ms", "--set", "pipeline_batch_size=10", "--set", "scan_batch_size=10"];
        let never = ["--set", "source.retry=0s", "--set", "destination.retry=0s"];
        let mut running = scene.prepare(&[&RUN[..], &slowly, &never].concat()).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 10);
        let server = if side == "source" { &scene.source } else { &scene.destination };
        server.stop();
        let lost = format!("the {side} `{}` closed the connection", path(server));
        let ran = running.wait().exits(3).stderr_has(&lost).stdout_has(&lost);
        ran.assert_account("all");
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        // One line for the server, and one for each key that was in flight.
        let (log, name) = (scene.read(LOG), format!("server={} ", path(server)));
        assert!(log.lines().all(|line| line.contains(&name)), "{log}");
        let of_keys = log.lines().filter(|line| line.contains("it was sent, and no reply came")).count();
        assert_eq!((log.lines().count() - of_keys, of_keys as u64), (1, ran.count("all", "failed")), "{log}");
    }
}
