//! A run like the script: its fourteen variables, and no job file. There is a test for each variable.

use std::time::Instant;

use crate::support::{Dataset, Scene, poison, words};

/// Limits the time that a run waits for an address where no server listens.
const SHORTLY: [(&str, &str); 2] =
    [("RKM_SOURCE__CONNECT_TIMEOUT", "200ms"), ("RKM_DESTINATION__CONNECT_TIMEOUT", "200ms")];

/// Runs with the variables that every run between the scene's servers needs, and with those of the test.
fn run(scene: &Scene, variables: &[(&str, &str)]) -> crate::support::Ran {
    let mut run = scene
        .prepare(&["run", "--report", "report.json"])
        .env("SOURCE_REDIS_PORT", "{SOURCE_PORT}")
        .env("DESTINATION_REDIS_HOST", "127.0.0.1")
        .env("DESTINATION_REDIS_PORT", "{DESTINATION_PORT}");
    for (name, value) in variables {
        run = run.env(name, value);
    }
    run.run()
}

fn scene(keys: usize) -> Scene {
    let scene = Scene::new();
    scene.source.fill(keys);
    scene
}

#[test]
fn source_redis_host() {
    let scene = scene(3);
    let address = format!("127.0.0.9:{}", scene.source.port());
    run(&scene, &[("SOURCE_REDIS_HOST", "127.0.0.9"), SHORTLY[0], SHORTLY[1]]).exits(3).stderr_has(&address);
    run(&scene, &[("SOURCE_REDIS_HOST", "127.0.0.1")]).exits(0).outcomes("default", "copied 3");
}

#[test]
fn source_redis_port() {
    let scene = scene(3);
    run(&scene, &[]).exits(0).outcomes("default", "copied 3");
}

#[test]
fn source_redis_db_index() {
    let scene = scene(3);
    scene.source.db(4).run(words!["SET", "only", "this"]);
    run(&scene, &[("SOURCE_REDIS_DB_INDEX", "4")]).exits(0).outcomes("default", "copied 1");
}

#[test]
fn destination_redis_host() {
    let scene = scene(3);
    let address = format!("127.0.0.9:{}", scene.destination.port());
    run(&scene, &[("DESTINATION_REDIS_HOST", "127.0.0.9"), SHORTLY[0], SHORTLY[1]]).exits(3).stderr_has(&address);
}

#[test]
fn destination_redis_port() {
    let scene = scene(3);
    run(&scene, &[("DESTINATION_REDIS_PORT", "1"), SHORTLY[0], SHORTLY[1]]).exits(3).stderr_has("127.0.0.1:1`");
}

#[test]
fn destination_redis_db_index() {
    let scene = scene(3);
    run(&scene, &[("DESTINATION_REDIS_DB_INDEX", "9")]).exits(0);
    assert_eq!(scene.destination.db(9).run(words!["DBSIZE"]).integer(), 3);
}

#[test]
fn scan_match_pattern() {
    let scene = scene(3);
    run(&scene, &[("SCAN_MATCH_PATTERN", "key:[01]")]).exits(0).outcomes("default", "copied 2");
}

#[test]
fn scan_batch_size() {
    let scene = scene(300);
    run(&scene, &[("SCAN_BATCH_SIZE", "10")]).exits(0);
    assert!(scene.source.calls("scan") >= 15, "{} scans", scene.source.calls("scan"));
}

#[test]
fn pipeline_batch_size_and_sleep_time_with_a_fraction() {
    let scene = scene(40);
    let began = Instant::now();
    run(&scene, &[("PIPELINE_BATCH_SIZE", "10"), ("SLEEP_TIME", "0.4")]).exits(0);
    assert_eq!(began.elapsed().as_millis() / 400, 3);
}

#[test]
fn max_processed_existing_keys_limit() {
    let scene = scene(40);
    scene.destination.fill(40);
    let began = Instant::now();
    run(&scene, &[("MAX_PROCESSED_EXISTING_KEYS_LIMIT", "15"), ("SLEEP_TIME", "0.4")])
        .exits(0)
        .outcomes("default", "existing 40");
    assert_eq!(began.elapsed().as_millis() / 400, 2);
}

/// Three keys that the destination refuses.
fn poisoned() -> Scene {
    let scene = Scene::careful();
    for number in 0..3 {
        poison(&scene.source, format!("poison:{number}"));
    }
    scene
}

#[test]
fn max_errored_keys_limit() {
    run(&poisoned(), &[("MAX_ERRORED_KEYS_LIMIT", "3")]).exits(4);
    run(&poisoned(), &[("MAX_ERRORED_KEYS_LIMIT", "4")]).exits(1);
}

#[test]
fn error_log_filename() {
    let scene = poisoned();
    run(&scene, &[("ERROR_LOG_FILENAME", "my.log")]).exits(1).stderr_has("Check |my.log| for details");
    assert_eq!(scene.read("my.log").lines().count(), 3);
}

#[test]
fn filemod() {
    let scene = poisoned();
    for (mode, lines) in [("w", 3), ("w", 3), ("a", 6)] {
        run(&scene, &[("FILEMOD", mode)]).exits(1);
        assert_eq!(scene.read("redis-keys-migrator-error.log").lines().count(), lines);
    }
}

#[test]
fn without_a_file_the_programs_own_variables_override_the_scripts() {
    let scene = scene(3);
    let strong = ("RKM_MATCH", "key:0");
    run(&scene, &[("SCAN_MATCH_PATTERN", "none:*"), strong]).exits(0).outcomes("default", "copied 1");
}

#[test]
fn with_a_file_the_variables_are_ignored_and_a_warning_names_them() {
    let scene = scene(3);
    scene.job("");
    let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]);
    let ran = run.env("SCAN_MATCH_PATTERN", "none:*").env("SLEEP_TIME", "9").run().exits(0);
    ran.outcomes("all", "copied 3")
        .stderr_has("SCAN_MATCH_PATTERN")
        .stderr_has("SLEEP_TIME")
        .stderr_has("--script-variables");
}

#[test]
fn with_a_file_and_script_variables_the_variables_are_used() {
    let scene = scene(3);
    scene.job("match = \"key:*\"");
    let run = scene.prepare(&["run", "job.toml", "--script-variables", "--report", "report.json"]);
    run.env("SCAN_MATCH_PATTERN", "key:1").run().exits(0).outcomes("all", "copied 1");
}

#[test]
fn a_mixed_database_can_be_moved_with_only_the_scripts_variables() {
    let scene = Scene::new();
    Dataset::mixed(500).fill(&mut scene.source.client());
    run(&scene, &[("SLEEP_TIME", "0")]).exits(0).outcomes("default", "copied 500");
    crate::support::assert_same(&scene.source.reading(), &scene.destination.reading());
}
