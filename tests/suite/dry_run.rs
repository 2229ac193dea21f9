//! A dry run reports what a run would do.

use crate::support::{Dataset, Ran, Scene, assert_same, words};

#[test]
fn a_dry_run_writes_nothing_and_reports_what_a_run_does() {
    let scene = Scene::new();
    Dataset::mixed(1000).fill(&mut scene.source.client());
    Dataset::mixed(50).fill(&mut scene.destination.client());
    let before = scene.destination.reading();
    scene.job("");

    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    let dry = dry.outcomes("all", "copied 950, existing 50").stdout_has("dry run");
    assert_same(&before, &scene.destination.reading());
    // Pre-flight and the connection of the run each check the permission with an expired payload.
    assert_eq!(scene.destination.calls("restore"), 2);
    assert_eq!(dry.report()["dry_run"], true);
    let dry_types = by_type(&dry);

    let real = scene.run_job("").exits(0).outcomes("all", "copied 950, existing 50");
    assert_eq!(dry_types, by_type(&real));
}

/// Keys and expiring keys of each type, out of the report.
fn by_type(ran: &Ran) -> Vec<(String, u64, u64)> {
    let types = ran.job("all")["by_type"].as_object().expect("a table").clone();
    let count = |tally: &serde_json::Value, name: &str| tally[name].as_u64().expect("a number");
    types.into_iter().map(|(name, tally)| (name, count(&tally, "keys"), count(&tally, "expiring"))).collect()
}

#[test]
fn a_dry_run_estimates_memory_and_does_not_call_it_payload() {
    let scene = Scene::new();
    let mut client = scene.source.client();
    for number in 0..100 {
        client.run(words!["SET", format!("k{number}"), vec![b'v'; 1000]]);
    }
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    let job = ran.job("all");
    assert_eq!(
        (&job["bytes"], &job["by_type"]["string"]["bytes"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    let bytes = job["memory_bytes"].as_u64().expect("a number");
    assert_eq!(job["by_type"]["string"]["memory_bytes"].as_u64(), Some(bytes));
    assert!((50_000..400_000).contains(&bytes), "100 values of 1000 bytes are estimated at {bytes}");
}

#[test]
fn memory_that_cannot_be_measured_is_unknown_and_not_zero() {
    let scene = Scene::new();
    scene.source.fill(5);
    scene.source.run(words!["ACL", "SETUSER", "default", "-memory"]);
    scene.job("");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    let job = ran.job("all");
    assert_eq!((&job["bytes"], &job["memory_bytes"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    let rows = ran.stdout.lines().filter(|line| line.starts_with("all")).map(|line| line.split_whitespace().collect());
    let rows: Vec<Vec<&str>> = rows.collect();
    assert_eq!(rows[1], ["all", "string", "5", "0", "-", "unknown"]);
    ran.row("all", &[("matched", "5"), ("memory", "unknown")]).stdout_lacks(" bytes  memory  duration");
}

#[test]
fn a_dry_run_does_not_change_the_error_log() {
    let scene = Scene::new();
    scene.source.fill(5);
    scene.file("redis-keys-migrator-error.log", "of last time\n").job("");
    scene.run(&["run", "job.toml", "--dry-run"]).exits(0);
    assert_eq!(scene.read("redis-keys-migrator-error.log"), "of last time\n");
}

#[test]
fn a_dry_run_under_replace_reports_the_keys_that_would_be_replaced() {
    let scene = Scene::new();
    scene.source.fill(10);
    scene.destination.fill(4);
    scene.job("on_existing = \"replace\"");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    ran.exits(0).outcomes("all", "copied 6, replaced 4");
}

#[test]
fn a_dry_run_with_a_bad_endpoint_ends_like_a_run() {
    let scene = Scene::new();
    scene.source.fill(10);
    scene.destination.stop();
    scene.job("");
    let shortly = ["--set", "destination.connect_timeout=200ms"];
    let run = scene.run(&[&["run", "job.toml", "--dry-run"], &shortly[..]].concat());
    run.exits(3).stderr_has("cannot be reached");
    scene.destination.start_again();
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_dry_run_estimates_how_long_a_run_takes_at_the_configured_pace() {
    let scene = Scene::new();
    scene.source.fill(100);
    scene.job("pipeline_batch_size = 10\nsleep = \"200ms\"");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    let seconds =
        |job: &serde_json::Value, name: &str| job[name].as_f64().unwrap_or_else(|| panic!("no `{name}` in {job}"));
    let estimated = seconds(&dry.job("all"), "estimated_seconds");
    dry.stdout_has("\nall: about 1s (9 pauses of 200ms)\n");
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0);
    let taken = seconds(&ran.job("all")["timings"], "seconds");
    assert!(ran.job("all")["estimated_seconds"].is_null());
    assert!((1.8..taken + 0.5).contains(&estimated) && taken < estimated + 2.0, "{taken} s, estimated {estimated} s");
    let free = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json", "--set", "sleep=0s"]).exits(0);
    assert!(free.job("all")["estimated_seconds"].is_null(), "{}", free.job("all"));
    free.stdout_lacks("configured pace");
}
