//! Keys that the destination refuses: they are counted and logged, and too many of them stop the job.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::{CAREFUL, Dataset, Kind, Pipeline, Scene, Server, poison, words};

/// A destination that checks payloads, and a source with some keys that it refuses.
fn with_poison(count: usize) -> Scene {
    let scene = Scene::careful();
    for number in 0..count {
        poison(&scene.source, format!("poison:{number}"));
    }
    scene
}

#[test]
fn a_refused_key_does_not_affect_other_keys_and_the_run_names_the_error_log() {
    for sleep in ["0s", "10ms"] {
        let scene = with_poison(3);
        scene.source.fill(100);
        let ran = scene.run_job(&format!("sleep = \"{sleep}\"")).exits(1).outcomes("all", "copied 100, failed 3");
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert_eq!(last, "Errors occurred during the execution. Check |redis-keys-migrator-error.log| for details");
    }
}

#[test]
fn the_error_log_has_a_line_for_each_failed_key_and_only_its_owner_can_read_it() {
    let scene = with_poison(0);
    poison(&scene.source, b"bad:\xff\r\n");
    scene.source.fill(3);
    scene.run_job("error_log.path = \"bad.log\"").exits(1).stderr_has("Check |bad.log| for details");
    let log = scene.read("bad.log");
    assert_eq!(log.lines().count(), 1, "{log}");
    let address = format!("127.0.0.1:{}", scene.destination.port());
    for part in ["all", r#""bad:\xff\r\n""#, "hash", "destination", &address, "Bad data format"] {
        assert!(log.contains(part), "the log does not contain `{part}`: {log}");
    }
    let mode = fs::metadata(scene.folder().join("bad.log")).expect("the file exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn failed_keys_are_grouped_by_their_reasons_in_summary_and_report() {
    let scene = Scene::of(Server::start(Kind::Redis82), Server::with(Kind::Redis62, &CAREFUL));
    for number in 0..20 {
        scene.source.run(words!["HSET", format!("hash:{number}"), "field", "1"]);
        scene.source.run(words!["HEXPIRE", format!("hash:{number}"), "1000", "FIELDS", "1", "field"]);
    }
    scene.source.run(words!["CONFIG", "SET", "rdbcompression", "no"]);
    scene.source.run(words!["SET", "big", "x".repeat(2 << 20)]);
    scene.destination.run(words!["CONFIG", "SET", "proto-max-bulk-len", "1mb"]);
    let ran = scene.run_job("").exits(1).outcomes("all", "failed 21");
    let failures = ran.job("all")["failures"].clone();
    let of = |at: usize| ["code", "side", "count"].map(|name| failures[at][name].clone());
    assert_eq!(of(0), [json!("unsupported"), json!("destination"), json!(20)], "{failures}");
    assert_eq!(of(1), [json!("too-long"), json!("destination"), json!(1)], "{failures}");
    assert_eq!(failures[1]["example_key"], "\"big\"");
    let shown = "\nall: 20 keys failed at the destination: the hash has fields that expire, which the destination does not support";
    let ran = ran.stdout_has(shown).stdout_has("(for example key \"hash:");
    ran.stdout_has("\nall: 1 key failed at the destination: its payload of ").stdout_has("(key \"big\")\n");
}

#[test]
fn the_job_decides_whether_an_error_log_is_overwritten_or_appended_to() {
    let scene = with_poison(1);
    let lines = |text: &str| text.lines().count();
    let log = "redis-keys-migrator-error.log";
    for expected in [1, 1] {
        scene.run_job("").exits(1);
        assert_eq!(lines(&scene.read(log)), expected);
    }
    for expected in [2, 3] {
        scene.run_job("error_log.mode = \"append\"").exits(1);
        assert_eq!(lines(&scene.read(log)), expected);
    }
}

#[test]
fn two_jobs_that_share_an_error_log_both_write_their_lines() {
    let scene = with_poison(2);
    scene.file(
        "jobs.toml",
        "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n\
         [[job]]\nname = \"one\"\nmatch = \"poison:0\"\n[[job]]\nname = \"two\"\nmatch = \"poison:1\"\n",
    );
    scene.run(&["run", "jobs.toml"]).exits(1);
    let log = scene.read("redis-keys-migrator-error.log");
    assert!(log.contains("poison:0") && log.contains("poison:1"), "{log}");
}

#[test]
fn a_job_stops_at_its_error_limit_and_keys_in_flight_are_counted() {
    for sleep in ["0s", "10ms"] {
        let scene = Scene::between(Kind::Redis82, Kind::Redis70);
        poison_all(&scene, 500);
        let ran = scene
            .run_job(&format!(
                "max_errored_keys = 5\nscan_batch_size = 10\npipeline_batch_size = 10\nsleep = \"{sleep}\""
            ))
            .exits(4)
            .stderr_has("`max_errored_keys`");
        let failed = ran.count("all", "failed");
        assert!((5..500).contains(&failed), "{failed} failed");
        ran.assert_account("all");
        assert_eq!(ran.count("all", "matched"), failed + ran.count("all", "copied"));
    }
}

/// Hashes with fields that expire, which no server before 7.4 supports.
fn poison_all(scene: &Scene, keys: usize) {
    let mut pipeline = Pipeline::new();
    for number in 0..keys {
        let key = format!("h:{number}");
        pipeline.add(words!["HSET", key, "f", "v"]);
        pipeline.add(words!["HPEXPIREAT", key, 4_102_444_800_000_u64, "FIELDS", 1, "f"]);
    }
    scene.source.client().run_all(&pipeline);
}

#[test]
fn one_failure_less_than_the_limit_does_not_stop_the_job() {
    let scene = with_poison(4);
    scene.source.fill(50);
    scene.run_job("max_errored_keys = 5").exits(1).outcomes("all", "copied 50, failed 4");
}

#[test]
fn jobs_after_one_that_reached_its_limit_do_not_run_unless_keep_going_is_set() {
    let scene = with_poison(3);
    scene.source.fill(5);
    scene.file(
        "jobs.toml",
        "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\nshare_walk = false\n\
         [[job]]\nname = \"bad\"\nmatch = \"poison:*\"\nmax_errored_keys = 2\n[[job]]\nname = \"good\"\nmatch = \"key:*\"\n",
    );
    let ran = scene.run(&["run", "jobs.toml", "--report", "report.json"]).exits(4);
    assert_eq!(ran.status_of("good"), "not-run");
    assert_eq!(scene.destination.size(), 0);

    let ran = scene.run(&["run", "jobs.toml", "--report", "report.json", "--keep-going"]).exits(4);
    assert_eq!(ran.status_of("good"), "done");
    assert_eq!(scene.destination.size(), 5);
}

#[test]
fn a_log_that_cannot_be_written_ends_the_job_with_code_6() {
    let scene = with_poison(20);
    scene.run_job("error_log.path = \"/dev/full\"").exits(6).stderr_has("/dev/full");
}

#[test]
fn dev_null_can_be_the_error_log() {
    let scene = with_poison(2);
    scene.run_job("error_log.path = \"/dev/null\"").exits(1).outcomes("all", "failed 2");
}

#[test]
fn a_run_without_failures_creates_no_log_and_reports_no_errors() {
    let scene = Scene::new();
    Dataset::mixed(50).fill(&mut scene.source.client());
    scene.run_job("").exits(0).stderr_lacks("Errors occurred");
    assert!(!scene.folder().join("redis-keys-migrator-error.log").exists());
}

#[test]
fn an_error_log_with_only_a_disconnected_endpoint_is_named_in_the_last_line() {
    let scene = Scene::new();
    scene.source.fill(2000);
    scene.file(
        "jobs.toml",
        "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nerror_log.path = \"lost.log\"\n\
         pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"\nshare_walk = false\n\
         [[job]]\nname = \"lost\"\n[[job]]\nname = \"not-run\"\nerror_log.path = \"not-run.log\"\n",
    );
    let mut running = scene.prepare(&["run", "jobs.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    scene.source.run(words!["ACL", "SETUSER", "default", "-scan"]);
    let ran = running.wait().exits(3).stderr_lacks("|not-run.log|");
    assert_eq!((ran.count("lost", "failed"), scene.read("lost.log").lines().count()), (0, 1));
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert_eq!(last, "Errors occurred during the execution. Check |lost.log| for details");
}

#[test]
fn two_runs_that_share_a_log_at_the_same_time_are_refused() {
    let scene = Scene::new();
    scene.source.fill(30);
    scene.job("pipeline_batch_size = 5\nsleep = \"300ms\"");
    let mut first = scene.prepare(&["run", "job.toml"]).spawn();
    first.until("a key arrives", |scene| scene.destination.size() > 0);
    scene.run(&["run", "job.toml"]).exits(2).stderr_has("redis-keys-migrator-error.log");
    first.wait().exits(0);
}

#[test]
fn two_runs_that_share_a_report_at_the_same_time_are_refused() {
    let scene = Scene::new();
    scene.source.fill(30);
    scene.job("pipeline_batch_size = 5\nsleep = \"300ms\"");
    let arguments = ["run", "job.toml", "--report", "report.json"];
    let mut first = scene.prepare(&arguments).spawn();
    first.until("a key arrives", |scene| scene.destination.size() > 0);
    let second = [arguments.as_slice(), &["--set", "error_log.path=other.log"]].concat();
    scene.run(&second).exits(2).stderr_has("report.json");
    first.wait().exits(0).outcomes("all", "copied 30");
}
