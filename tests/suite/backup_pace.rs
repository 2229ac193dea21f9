//! How gentle a run from a file is.

use std::time::{Duration, Instant};

use crate::support::{Dataset, Ran, RdbFile, Scene, assert_same, words};

/// How long a run takes.
fn timed(scene: &Scene, lines: &str) -> (Ran, Duration) {
    let began = Instant::now();
    (scene.run_backup(lines), began.elapsed())
}

#[test]
fn keys_and_bytes_per_second_are_limited() {
    let scene = Scene::new();
    let large = |file: RdbFile, number| file.string(format!("large:{number}"), vec![b'x'; 10_000]);
    scene.backup(&(0..100).fold(RdbFile::new().strings(900), large).finished());
    for limit in ["max_keys_per_second = 1000", "max_bytes_per_second = \"1MB\""] {
        scene.destination.run(words!["FLUSHALL"]);
        let (ran, took) = timed(&scene, limit);
        ran.exits(0).outcomes("all", "copied 1000");
        assert!((700..3000).contains(&took.as_millis()), "{limit}: took {took:?}");
    }
}

#[test]
fn a_job_sleeps_after_pipelines_of_new_keys_and_after_a_number_of_existing_keys() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(40).finished());
    let sleeps = |lines: &str| {
        let (ran, took) = timed(&scene, &format!("sleep = \"1s\"\n{lines}"));
        (ran.exits(0), took.as_secs())
    };
    let (ran, slept) = sleeps("pipeline_batch_size = 10");
    ran.outcomes("all", "copied 40").stderr_has("is held back by its pauses");
    assert_eq!(slept, 3);
    let (ran, slept) = sleeps("max_processed_existing_keys = 15");
    ran.outcomes("all", "existing 40");
    assert_eq!(slept, 2);
    scene.destination.run(words!["DEL", "key:3", "key:30"]);
    let (ran, slept) = sleeps("max_processed_existing_keys = 30\npipeline_batch_size = 1");
    ran.outcomes("all", "copied 2, existing 38");
    assert_eq!(slept, 2);
}

#[test]
fn pipelines_of_one_key_work() {
    for sleep in ["0s", "1ms"] {
        let scene = Scene::new();
        Dataset::mixed(200).fill(&mut scene.source.client());
        scene.save();
        let ran = scene.run_backup(&format!("pipeline_batch_size = 1\nsleep = \"{sleep}\""));
        ran.exits(0).outcomes("all", "copied 200");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn settings_for_servers_only_are_reported_to_have_no_effect() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(3).finished());
    let ran = scene.run_backup("lanes = 4\nscan_batch_size = 7\nmax_source_latency = \"2ms\"").exits(0);
    let note = "job `all`: no effect, because the source is a file: `scan_batch_size`, `lanes`, `max_source_latency`";
    ran.outcomes("all", "copied 3").stderr_has(note);
}
