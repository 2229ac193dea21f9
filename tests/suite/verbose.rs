//! `-v`, `-vv` and JSON log lines.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Ran, Scene, poison};

/// A run with ten copied keys, one existing, one filtered and one failed key.
fn run(arguments: &[&str]) -> (Scene, Ran) {
    let scene = Scene::careful();
    scene.source.fill(10);
    for key in ["there", "other"] {
        scene.source.run(crate::support::words!["SET", key, "value"]);
    }
    scene.destination.run(crate::support::words!["SET", "there", "value"]);
    poison(&scene.source, "poison");
    scene.job("exclude = \"other\"\npipeline_batch_size = 5");
    let ran = scene.run(&[&["run", "job.toml", "--report", "report.json"], arguments].concat()).exits(1);
    let ran = ran.outcomes_and_filtered("all", "copied 10, existing 1, failed 1", 1);
    (scene, ran)
}

/// The log lines, as JSON objects, without those of the summary's end.
fn objects(ran: &Ran) -> Vec<Value> {
    let lines = ran.stderr.lines().filter(|line| !line.starts_with("Errors occurred"));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn with_message<'o>(objects: &'o [Value], message: &str) -> Vec<&'o Value> {
    objects.iter().filter(|object| object["message"] == message).collect()
}

#[test]
fn without_v_there_are_no_details() {
    let (_scene, ran) = run(&[]);
    assert!(!ran.stderr.contains("debug: ") && !ran.stderr.contains("trace: "), "{}", ran.stderr);
    let ended =
        "job `all` ended: 13 scanned, 1 filtered, 12 matched: 10 copied, 0 replaced, 1 existing, 0 vanished, 1 failed";
    ran.stderr_has(ended);
}

#[test]
fn v_shows_connections_lanes_and_batches_but_no_keys() {
    let (scene, ran) = run(&["-v"]);
    let [source, destination] =
        [&scene.source, &scene.destination].map(|server| format!("`127.0.0.1:{}`", server.port()));
    let ran = ran
        .stderr_has(&format!("debug: connected to the source {source} in 0."))
        .stderr_has(&format!("debug: connected to the destination {destination} in 0."))
        .stderr_has("debug: job `all`: walks 1 lane, `COUNT ")
        .stderr_has("debug: job `all`: lane 0 ended: 1 pages, 13 keys, in ")
        .stderr_has("debug: job `all`: source: scan: 13 keys, in ")
        .stderr_has("debug: job `all`: source: read: ")
        .stderr_has("debug: job `all`: destination: write: 5 keys, ");
    ran.stderr_lacks("trace: ").stderr_lacks("key \"");
}

#[test]
fn vv_shows_the_outcome_of_each_key_once() {
    let (_scene, ran) = run(&["-vv"]);
    let mut outcomes = BTreeMap::new();
    for line in ran.stderr.lines().filter_map(|line| line.split_once("trace: job `all`: key ")) {
        let (key, outcome) = line.1.split_once(": ").expect("a key and its outcome");
        let outcome = outcome.split(':').next().expect("a word").to_owned();
        assert!(outcomes.insert(key.to_owned(), outcome).is_none(), "{key} has two outcomes\n{}", ran.stderr);
    }
    let of = |key: &str| outcomes[&format!("\"{key}\"")].as_str();
    assert_eq!([of("there"), of("other"), of("poison")], ["existing", "filtered", "failed"]);
    assert_eq!(outcomes.values().filter(|outcome| *outcome == "copied").count(), 10);
    assert_eq!(outcomes.len(), 13);
}

#[test]
fn a_json_line_has_fields_and_no_sentence() {
    let (scene, ran) = run(&["-vv", "--log-format", "json", "--set", "scan_batch_size=77"]);
    let objects = objects(&ran);
    let ended = with_message(&objects, "job ended");
    let counts = ["scanned", "filtered", "matched", "copied", "replaced", "existing", "vanished", "failed"];
    assert_eq!(counts.map(|name| ended[0][name].as_u64()), [13, 1, 12, 10, 0, 1, 0, 1].map(Some), "{ended:?}");
    assert_eq!(
        (&ended[0]["job"], &ended[0]["status"], &ended[0]["level"]),
        (&"all".into(), &"done".into(), &"INFO".into())
    );
    let started = with_message(&objects, "job started")[0];
    assert_eq!(started["source"], format!("127.0.0.1:{}", scene.source.port()));
    assert_eq!((&started["dry_run"], &started["destination_db"]), (&false.into(), &0.into()));
    assert_eq!(with_message(&objects, "key").len(), 13);
    assert!(with_message(&objects, "batch").iter().all(|batch| batch["seconds"].is_f64() && batch["keys"].is_u64()));
    assert_eq!(with_message(&objects, "override").len(), 1);
    assert!(objects.iter().all(|object| object["text"].is_null() && object["timestamp"].is_string()));
}

#[test]
fn a_call_that_takes_long_is_called_slow() {
    let scene = Scene::new();
    scene.source.fill(400);
    scene.job("pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"20ms\"");
    let mut running = scene.prepare(&["run", "job.toml", "-v"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    scene.destination.pause();
    std::thread::sleep(std::time::Duration::from_millis(900));
    scene.destination.resume();
    running.wait().exits(0).stderr_has("debug: job `all`: slow destination: ");
}
