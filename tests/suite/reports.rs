//! The output of a run: the table and the report file.

use std::fs;
use std::path::Path;

use crate::support::{Dataset, Kind, Scene, Server, poison};

/// Fails unless `report.json` matches its schema.
#[track_caller]
pub fn assert_valid(report: &serde_json::Value) {
    assert_matches("report.schema.json", report);
}

/// Fails unless a document matches the schema in this file of `schemas`.
#[track_caller]
pub fn assert_matches(schema: &str, document: &serde_json::Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let schema = serde_json::from_str(&fs::read_to_string(path).expect("the schema is there")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> =
        validator.iter_errors(document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{}\n{document:#}", faults.join("\n"));
}

#[test]
fn the_report_describes_a_mixed_run_and_matches_its_schema() {
    let scene = Scene::careful();
    Dataset::mixed(300).fill(&mut scene.source.client());
    Dataset::mixed(20).fill(&mut scene.destination.client());
    poison(&scene.source, "poison");
    let ran = scene.run_job("exclude = \"bin:*\"").exits(1).outcomes_and_filtered(
        "all",
        "copied 277, existing 20, failed 1",
        3,
    );
    let report = ran.report();
    assert_valid(&report);
    let job = ran.job("all");
    let by_type = job["by_type"].as_object().expect("a table");
    let keys: u64 = by_type.values().map(|tally| tally["keys"].as_u64().expect("a number")).sum();
    assert_eq!(keys, 277);
    assert_eq!(by_type.keys().collect::<Vec<_>>(), ["hash", "list", "set", "stream", "string", "zset"]);
    for side in ["source", "destination"] {
        assert!(job[side]["server"]["version"].as_str().expect("a version").starts_with("7.0."), "{job}");
    }
}

#[test]
fn the_report_of_a_refused_run_matches_its_schema() {
    let scene = Scene::new();
    scene.destination.stop();
    scene.job("");
    let shortly = ["--set", "destination.connect_timeout=200ms"];
    let ran = scene.run(&[&["run", "job.toml", "--report", "report.json"], &shortly[..]].concat()).exits(3);
    assert_valid(&ran.report());
    assert_eq!(ran.status_of("all"), "refused");
}

#[test]
fn the_report_of_a_dry_run_matches_its_schema() {
    let scene = Scene::new();
    Dataset::mixed(100).fill(&mut scene.source.client());
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    assert_valid(&ran.report());
}

#[test]
fn the_table_has_a_row_for_each_job_and_one_for_the_total() {
    let scene = Scene::new();
    scene.source.fill(10);
    scene.file(
        "jobs.toml",
        "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n\
         [[job]]\nname = \"some\"\nmatch = \"key:[0-3]\"\n[[job]]\nname = \"rest\"\nmatch = \"key:*\"\n",
    );
    let ran = scene.run(&["run", "jobs.toml"]).exits(0);
    let line = |name: &str| {
        let line = ran.stdout.lines().find(|line| line.trim_start().starts_with(name));
        line.unwrap_or_else(|| panic!("no line for {name}:\n{}", ran.stdout)).to_owned()
    };
    for (name, numbers) in [("some", ["4", "4"]), ("rest", ["10", "6"])] {
        let line = line(name);
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(numbers.iter().all(|number| words.contains(number)), "{line}");
    }
}

#[test]
fn overrides_in_force_are_logged_without_secrets() {
    let scene = Scene::of(Server::with(Kind::Redis70, &["--requirepass", "s3cret"]), Server::start(Kind::Redis70));
    scene.job("");
    let run = scene.prepare(&["run", "job.toml", "--set", "scan_batch_size=77"]);
    let ran = run.env("RKM_SOURCE__PASSWORD", "s3cret").run().exits(0);
    ran.stderr_has("RKM_SOURCE__PASSWORD").stderr_has("scan_batch_size").stderr_has("77").stderr_lacks("s3cret");
}

#[test]
fn json_logs_are_json_line_by_line() {
    let scene = Scene::new();
    scene.source.fill(30);
    scene.job("pipeline_batch_size = 5\nsleep = \"50ms\"");
    let ran = scene.run(&["run", "job.toml", "--log-format", "json", "-v"]).exits(0);
    assert!(!ran.stderr.is_empty());
    for line in ran.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn without_a_terminal_the_progress_is_logged_after_ten_seconds_and_then_less_often() {
    let scene = Scene::new();
    scene.source.fill(23);
    scene.job("pipeline_batch_size = 2\nsleep = \"1s\"");
    let ran = scene.run(&["run", "job.toml"]).exits(0);
    let lines = ran.stderr.lines().filter(|line| line.contains("job `all`: ") && line.contains("scanned")).count();
    assert_eq!(lines, 1, "{}", ran.stderr);
}

#[test]
fn a_quiet_run_prints_only_its_results() {
    let scene = Scene::new();
    scene.source.fill(23);
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "-q"]).exits(0).stdout_has("all");
    assert_eq!(ran.stderr, "");
}
