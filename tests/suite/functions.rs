//! Function libraries from server to server.

use crate::support::{Kind, Ran, Scene, Server, words};

const KNOW: [Kind; 3] = [Kind::Redis70, Kind::Redis82, Kind::Valkey91];

/// A library with one function, which returns this number.
fn library(name: &str, function: &str, number: u32) -> String {
    format!("#!lua name={name}\nredis.register_function('{function}', function() return {number} end)")
}

/// A source of this kind with five keys and the libraries `one` and `two`, and an empty destination.
fn scene(from: Kind, to: Kind) -> Scene {
    let scene = Scene::of(Server::start(from), Server::start(to));
    scene.source.fill(5);
    scene.source.run(words!["FUNCTION", "LOAD", library("one", "first", 1)]);
    // Longer than 64 bytes when it is compressed, too.
    let long = format!("{}\n-- {}", library("two", "second", 2), "long ".repeat(2000));
    scene.source.run(words!["FUNCTION", "LOAD", long]);
    scene
}

/// What a function of the destination returns.
#[track_caller]
fn call(scene: &Scene, function: &str) -> i64 {
    scene.destination.run(words!["FCALL", function, 0]).integer()
}

/// Fails unless the report has these counts.
#[track_caller]
fn counts(ran: &Ran, [found, restored, existing, failed]: [u64; 4]) {
    let expected = serde_json::json!({ "found": found, "restored": restored, "existing": existing, "failed": failed });
    assert_eq!(ran.job("all")["libraries"], expected);
}

#[test]
fn libraries_of_a_server_are_restored_between_all_versions_if_the_job_asks_for_them() {
    for (from, to) in KNOW.into_iter().flat_map(|from| KNOW.map(|to| (from, to))) {
        let scene = scene(from, to);
        let ran = scene.run_job("").exits(0).outcomes("all", "copied 5");
        counts(&ran, [0, 0, 0, 0]);
        scene.job("functions = true");
        let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
        counts(&dry.stdout_has("\nall: function libraries: 2 found, a run would restore them\n"), [2, 0, 0, 0]);
        let ran = scene.run_job("functions = true").exits(0).outcomes("all", "existing 5");
        counts(&ran.stdout_has("function libraries: 2 found, 2 restored, 0 existing, 0 failed"), [2, 2, 0, 0]);
        assert_eq!((call(&scene, "first"), call(&scene, "second")), (1, 2), "{from:?} to {to:?}");
    }
}

#[test]
fn a_library_that_the_destination_has_is_left_alone_or_replaced() {
    for kind in KNOW {
        let scene = scene(kind, kind);
        scene.destination.run(words!["FUNCTION", "LOAD", library("one", "first", 11)]);
        counts(&scene.run_job("functions = true").exits(0), [2, 1, 1, 0]);
        assert_eq!((call(&scene, "first"), call(&scene, "second")), (11, 2));
        counts(&scene.run_job("functions = true\non_existing = \"replace\"").exits(0), [2, 2, 0, 0]);
        assert_eq!((call(&scene, "first"), call(&scene, "second")), (1, 2));
    }
}

#[test]
fn a_source_without_functions_has_no_libraries() {
    let scene = Scene::between(Kind::Redis62, Kind::Redis70);
    scene.source.fill(5);
    let ran = scene.run_job("functions = true").exits(0).outcomes("all", "copied 5");
    ran.stderr_lacks("warn");
    let scene = Scene::new();
    scene.source.fill(5);
    counts(&scene.run_job("functions = true").exits(0).outcomes("all", "copied 5"), [0, 0, 0, 0]);
}

#[test]
fn a_source_that_forbids_functions_or_a_destination_without_them_is_found_before_the_first_key() {
    let denying = scene(Kind::Redis70, Kind::Redis70);
    denying.source.run(words!["ACL", "SETUSER", "default", "-function"]);
    let ran = denying.run_job("functions = true").exits(3);
    let expected =
        ["error: job `all` cannot be run: the source `127.0.0.1:", "does not permit a command that is needed"];
    ran.errors_and_warnings(&[&expected]);
    denying.run_job("").exits(0).outcomes("all", "copied 5").errors_and_warnings(&[]);

    let ran = scene(Kind::Redis70, Kind::Redis62).run_job("functions = true").exits(3);
    let expected = ["error: job `all` cannot be run: the destination `127.0.0.1:", "remove `functions = true`"];
    ran.errors_and_warnings(&[&expected]);
}
