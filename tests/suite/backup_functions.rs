//! Function libraries in a file.

use crate::support::{Kind, Ran, Scene, Server, words};

/// A library with one function, which returns this number.
fn library(name: &str, function: &str, number: u32) -> String {
    format!("#!lua name={name}\nredis.register_function('{function}', function() return {number} end)")
}

/// A source of this kind that has saved five keys and the libraries `one` and `two`, and an empty destination.
fn saved(from: Kind, to: Kind) -> Scene {
    let scene = Scene::of(Server::start(from), Server::start(to));
    scene.source.fill(5);
    scene.source.run(words!["FUNCTION", "LOAD", library("one", "first", 1)]);
    scene.source.run(words!["FUNCTION", "LOAD", library("two", "second", 2)]);
    scene.save();
    scene
}

/// What a function of the destination returns.
#[track_caller]
fn call(scene: &Scene, function: &str) -> i64 {
    scene.destination.run(words!["FCALL", function, 0]).integer()
}

fn libraries(scene: &Scene) -> usize {
    scene.destination.run(words!["FUNCTION", "LIST"]).array().len()
}

/// Fails unless report and summary give these counts.
#[track_caller]
fn counts(ran: &Ran, [found, restored, existing, failed]: [u64; 4]) {
    let libraries = &ran.job("all")["libraries"];
    let expected = serde_json::json!({ "found": found, "restored": restored, "existing": existing, "failed": failed });
    assert_eq!(*libraries, expected);
    let line = format!(
        "\nall: function libraries: {found} found, {restored} restored, {existing} existing, {failed} failed\n"
    );
    assert!(ran.stdout.contains(&line), "no `{line}` in:\n{}", ran.stdout);
}

#[test]
fn libraries_are_restored_between_all_versions_if_the_job_asks_for_them() {
    const KNOW: [Kind; 3] = [Kind::Redis70, Kind::Redis82, Kind::Valkey91];
    for (from, to) in KNOW.into_iter().flat_map(|from| KNOW.map(|to| (from, to))) {
        let scene = saved(from, to);
        let ran = scene.run_backup("functions = true").exits(0).outcomes("all", "copied 5");
        counts(&ran, [2, 2, 0, 0]);
        assert_eq!((call(&scene, "first"), call(&scene, "second")), (1, 2), "{from:?} to {to:?}");
    }
}

#[test]
fn a_library_that_the_destination_has_is_left_alone_or_replaced() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let scene = saved(kind, kind);
        scene.destination.run(words!["FUNCTION", "LOAD", library("one", "first", 11)]);
        scene.destination.run(words!["FUNCTION", "LOAD", library("own", "third", 3)]);
        let ran = scene.run_backup("functions = true").exits(0).outcomes("all", "copied 5");
        counts(&ran, [2, 1, 1, 0]);
        assert_eq!((call(&scene, "first"), call(&scene, "second"), call(&scene, "third")), (11, 2, 3));

        let ran = scene.run_backup("functions = true\non_existing = \"replace\"").exits(0);
        counts(&ran.outcomes("all", "replaced 5"), [2, 2, 0, 0]);
        assert_eq!((call(&scene, "first"), call(&scene, "second"), call(&scene, "third")), (1, 2, 3));
    }
}

#[test]
fn libraries_are_left_out_by_default_and_the_summary_counts_them() {
    let scene = saved(Kind::Redis70, Kind::Redis70);
    let ran = scene.run_backup("").exits(0).outcomes("all", "copied 5");
    ran.stdout_has("\nall: function libraries: 2 found, not restored (set `functions = true` to restore them)\n");
    assert_eq!(libraries(&scene), 0);
}

#[test]
fn check_counts_libraries() {
    let scene = saved(Kind::Redis70, Kind::Redis70);
    scene.backup_job("");
    scene.run(&["check", "job.toml", "--connect"]).exits(0).stdout_has("\nfunction libraries: 2\n");
}

#[test]
fn a_destination_without_functions_is_reported_before_the_first_key_moves() {
    let scene = saved(Kind::Redis70, Kind::Redis62);
    let error = "but function libraries need 7.0 or newer: remove `functions = true`";
    scene.run_backup("functions = true").exits(3).stderr_has(error).outcomes("all", "");
    scene.run(&["check", "job.toml", "--connect"]).exits(3).stderr_has(error);
    assert_eq!(scene.destination.size(), 0);
    scene.run_backup("").exits(0).outcomes("all", "copied 5").stdout_has("2 found, not restored");
}

#[test]
fn a_run_in_which_only_a_library_failed_ends_with_code_1() {
    let scene = saved(Kind::Redis70, Kind::Redis70);
    scene.run_backup("").exits(0).outcomes("all", "copied 5");
    scene.destination.run(words!["FUNCTION", "LOAD", library("own", "first", 11)]);
    let ran = scene.run_backup("functions = true").exits(1).outcomes("all", "existing 5");
    counts(&ran, [2, 1, 0, 1]);
}

/// The destination lacks the library, but another library there has a function with the same name.
#[test]
fn a_library_with_a_function_name_of_another_library_fails() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        for lines in ["functions = true", "functions = true\non_existing = \"replace\""] {
            let scene = saved(kind, kind);
            scene.destination.run(words!["FUNCTION", "LOAD", library("own", "first", 11)]);
            let ran = scene.run_backup(lines).exits(1).outcomes("all", "copied 5");
            counts(&ran.stderr_has("a function library cannot be restored: ERR "), [2, 1, 0, 1]);
            assert_eq!((call(&scene, "first"), call(&scene, "second")), (11, 2));
        }
    }
}

#[test]
fn a_file_with_only_libraries_is_restored() {
    let scene = saved(Kind::Redis82, Kind::Redis82);
    scene.source.run(words!["FLUSHALL"]);
    scene.save();
    let ran = scene.run_backup("functions = true\nsource.db = \"all\"").exits(0).outcomes("all", "");
    counts(&ran, [2, 2, 0, 0]);
    assert_eq!(libraries(&scene), 2);
}

#[test]
fn libraries_are_restored_for_any_database_and_any_pattern() {
    let scene = saved(Kind::Redis70, Kind::Redis70);
    let ran = scene.run_backup("functions = true\nsource.db = 7\nmatch = \"none\"").exits(0).outcomes("all", "");
    counts(&ran, [2, 2, 0, 0]);
}

#[test]
fn a_user_who_may_not_restore_functions_is_refused_before_the_first_key_moves() {
    let scene = saved(Kind::Redis70, Kind::Redis70);
    let rights = words!["ACL", "SETUSER", "writer", "on", ">secret", "~*", "+@all", "-function|restore"];
    scene.destination.run(rights);
    scene.backup_job("functions = true");
    let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]);
    let run = run.env("RKM_DESTINATION__USERNAME", "writer").env("RKM_DESTINATION__PASSWORD", "secret");
    let ran = run.run().exits(3).stderr_has("does not permit a command that is needed: NOPERM").outcomes("all", "");
    assert_eq!(ran.status_of("all"), "refused");
    assert_eq!((scene.destination.size(), libraries(&scene)), (0, 0));
}

#[test]
fn the_documented_permissions_are_enough() {
    let scene = saved(Kind::Redis82, Kind::Redis82);
    let rights = "ACL SETUSER writer on >secret ~* -@all +ping +select +client|setname +client|no-touch +info +time \
                  +exists +restore +function|restore";
    scene.destination.run(rights.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
    for lines in ["", "on_existing = \"replace\"\nsleep = \"1ms\"", "source.db = \"all\""] {
        scene.backup_job(&format!("functions = true\n{lines}"));
        let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]);
        let run = run.env("RKM_DESTINATION__USERNAME", "writer").env("RKM_DESTINATION__PASSWORD", "secret");
        assert_eq!(run.run().exits(0).count("all", "matched"), 5, "{lines}");
    }
}
