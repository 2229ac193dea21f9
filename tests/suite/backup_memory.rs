//! Memory does not grow with the file: little more than the largest value is in memory.

use std::thread;
use std::time::Duration;

use crate::support::{Scene, words};

const MIB: u64 = 1 << 20;

/// A source that saves values without compression.
fn unpacked() -> Scene {
    let scene = Scene::new();
    scene.source.run(words!["CONFIG", "SET", "rdbcompression", "no"]);
    scene
}

/// The peak of a run's memory, in MiB.
#[track_caller]
fn peak(scene: &Scene, lines: &str, outcomes: &str, filtered: u64) -> u64 {
    scene.destination.run(words!["FLUSHALL"]);
    scene.backup_job(lines);
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    let mut peak = 0;
    while !running.has_ended() {
        peak = running.peak_memory().unwrap_or(peak);
        thread::sleep(Duration::from_millis(1));
    }
    running.wait().exits(0).outcomes_and_filtered("all", outcomes, filtered);
    assert!(peak > 0, "nothing was measured");
    peak / MIB
}

#[test]
fn a_value_of_60_mib_takes_little_more_memory_than_its_size() {
    let scene = unpacked();
    scene.source.fill(2000);
    scene.source.run(words!["SETRANGE", "large", 60 * MIB - 1, "x"]);
    scene.save();
    for lines in ["", "sleep = \"1ms\""] {
        let peak = peak(&scene, lines, "copied 2001", 0);
        assert!((60..190).contains(&peak), "{lines}: {peak} MiB at the peak");
        assert_eq!(scene.destination.run(words!["STRLEN", "large"]).integer().unsigned_abs(), 60 * MIB);
    }
}

#[test]
fn many_small_keys_need_little_memory() {
    let scene = unpacked();
    scene.source.run(words!["DEBUG", "POPULATE", 300_000, "key", 100]);
    scene.save();
    let peak = peak(&scene, "", "copied 300000", 0);
    assert!(peak < 48, "{peak} MiB at the peak");
}

/// The matching keys wait for their pipeline, and the others are dropped.
#[test]
fn a_few_matching_keys_keep_no_memory_of_the_others() {
    let scene = unpacked();
    scene.source.run(words!["DEBUG", "POPULATE", 60_000, "key", 2000]);
    scene.save();
    for sleep in ["0s", "1ms"] {
        let lines = format!("match = \"key:*[05]0\"\npipeline_batch_size = 100000\nsleep = \"{sleep}\"");
        let peak = peak(&scene, &lines, "copied 1199", 58_801);
        assert!(peak < 40, "{lines}: {peak} MiB at the peak");
    }
}

#[test]
fn only_a_few_large_values_are_in_memory_even_in_a_slow_run() {
    let scene = unpacked();
    scene.source.run(words!["DEBUG", "POPULATE", 8, "huge", 16 * MIB]);
    scene.save();
    for lines in ["max_bytes_per_second = \"80MiB\"", "sleep = \"1ms\""] {
        let peak = peak(&scene, lines, "copied 8", 0);
        assert!(peak < 80, "{lines}: {peak} MiB at the peak");
    }
}

#[test]
fn values_of_1_mib_do_not_fill_whole_pipelines() {
    let scene = unpacked();
    scene.source.run(words!["DEBUG", "POPULATE", 100, "big", MIB]);
    scene.save();
    for sleep in ["0s", "1ms"] {
        let peak = peak(&scene, &format!("sleep = \"{sleep}\""), "copied 100", 0);
        assert!(peak < 64, "sleep {sleep}: {peak} MiB at the peak");
    }
}
