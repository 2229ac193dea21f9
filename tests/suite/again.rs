//! A second run, and keys that already exist: they are checked, not copied.

use crate::support::{Dataset, Kind, Pipeline, Reply, Scene, Server, Value, assert_same, words};

/// How many values a run read. Pre-flight checks the permission with a missing key.
#[track_caller]
fn reads(server: &Server) -> u64 {
    server.calls("dump").checked_sub(1).expect("pre-flight checks the permission")
}

/// How many times a run called a command at its destination, without the two checks of the permission.
#[track_caller]
fn writes(server: &Server, command: &str) -> u64 {
    server.calls(command).checked_sub(2).expect("pre-flight checks the permission")
}

#[test]
fn a_second_run_reads_no_value_and_changes_nothing() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(3000).fill(&mut scene.source.client());
        scene.run_job("").exits(0).outcomes("all", "copied 3000");
        let before = scene.destination.reading();
        for server in [&scene.source, &scene.destination] {
            server.run(words!["CONFIG", "RESETSTAT"]);
        }
        scene.run_job("").exits(0).outcomes("all", "existing 3000");
        assert_eq!((reads(&scene.source), writes(&scene.destination, "restore")), (0, 0));
        let asked = writes(&scene.destination, "exists");
        assert!((3..=30).contains(&asked), "{kind:?}: {asked} existence checks for 3000 keys");
        assert_same(&before, &scene.destination.reading());
    }
}

#[test]
fn a_second_run_in_lanes_reads_no_value_either() {
    let scene = Scene::new();
    scene.source.fill(5000);
    scene.run_job("").exits(0).outcomes("all", "copied 5000");
    scene.source.run(words!["CONFIG", "RESETSTAT"]);
    scene.run_job("lanes = 16\nscan_batch_size = 20").exits(0).outcomes("all", "existing 5000");
    assert_eq!(reads(&scene.source), 0);
}

#[test]
fn if_the_destination_has_half_of_the_keys_only_the_others_are_read() {
    let scene = Scene::new();
    scene.source.fill(4000);
    let mut pipeline = Pipeline::new();
    for number in (0..4000).step_by(2) {
        pipeline.add(words!["SET", format!("key:{number}"), "own", "PXAT", 4_102_444_800_000_u64]);
    }
    scene.destination.client().run_all(&pipeline);
    let before = scene.destination.reading();
    scene.run_job("scan_batch_size = 100000").exits(0).outcomes("all", "copied 2000, existing 2000");
    // Each batch of a thousand has some keys that exist, so the next batch is checked, too.
    assert_eq!(reads(&scene.source), 2000);
    let mut after = scene.destination.reading();
    after.0.retain(|key, _| before.0.contains_key(key));
    assert_eq!(after, before);
}

#[test]
fn the_existence_check_stops_at_an_empty_destination() {
    let scene = Scene::new();
    scene.source.fill(5000);
    // Slow enough that each check has its result before the next batch.
    let ran = scene.run_job("max_keys_per_second = 50000").exits(0);
    ran.outcomes("all", "copied 5000");
    let asked = writes(&scene.destination, "exists");
    assert!((1..=8).contains(&asked), "{asked} existence checks for 5000 keys");
}

#[test]
fn a_key_that_appears_while_existence_is_not_checked_is_existing_and_stays() {
    let scene = Scene::new();
    scene.source.fill(3000);
    scene.job("max_keys_per_second = 1000\npipeline_batch_size = 50");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    let mut pipeline = Pipeline::new();
    for number in 0..3000 {
        pipeline.add(words!["SET", format!("key:{number}"), "theirs", "NX", "PXAT", 4_102_444_800_000_u64]);
    }
    let replies = scene.destination.client().run_all(&pipeline);
    let theirs = replies.iter().filter(|reply| **reply != Reply::Nil).count();
    running.wait().exits(0).outcomes("all", &format!("copied {}, existing {theirs}", 3000 - theirs));

    let reading = scene.destination.reading();
    let of_theirs = reading.0.values().filter(|entry| entry.value == Value::String(b"theirs".to_vec()));
    assert!(of_theirs.clone().all(|entry| entry.expires_at == Some(4_102_444_800_000)));
    assert_eq!(of_theirs.count(), theirs);
    // The first of them refused a write. After it, existence was checked again, and no more values were read.
    let errors = scene.destination.run(words!["INFO", "errorstats"]).text();
    assert!(errors.contains("errorstat_BUSYKEY:count="), "{errors}");
    let read = reads(&scene.source);
    assert!((3000 - theirs as u64..2500).contains(&read), "{read} values were read");
}

#[test]
fn under_replace_existence_is_not_checked_before_a_value_is_read() {
    let scene = Scene::new();
    scene.source.fill(2000);
    scene.destination.fill(500);
    let ran = scene.run_job("on_existing = \"replace\"").exits(0);
    ran.outcomes("all", "copied 1500, replaced 500");
    assert_eq!(reads(&scene.source), 2000);
    // One check with each write, which separates copied and replaced keys.
    assert_eq!(writes(&scene.destination, "exists"), 2000);
}
