//! The error limit: a job stops soon after it, whatever fails.

use crate::support::{Pipeline, Ran, Scene, poison, words};

/// Keys of each kind.
const KEYS: usize = 3000;

/// The combinations of limit and pipeline, and the most keys that may fail.
const LIMITS: [(u64, u64, u64); 3] = [(1, 1000, 2), (100, 1000, 200), (100, 10, 110)];

/// A source whose user may not read `secret:*`, and a destination that refuses `poison:*`.
fn scene(poisoned: usize, secret: usize, good: usize) -> Scene {
    let scene = Scene::careful();
    scene.source.run(words!["ACL", "SETUSER", "reader", "on", ">pw", "+@all", "~poison:*", "~key:*"]);
    poison(&scene.source, "original");
    let mut pipeline = Pipeline::new();
    for number in 0..poisoned {
        pipeline.add(words!["COPY", "original", format!("poison:{number}")]);
    }
    for number in 0..secret {
        pipeline.add(words!["SET", format!("secret:{number}"), number]);
    }
    pipeline.add(words!["DEL", "original"]);
    scene.source.client().run_all(&pipeline);
    scene.source.fill(good);
    scene
}

/// Runs the job as the user `reader`.
fn run(scene: &Scene, lines: &str, arguments: &[&str]) -> Ran {
    scene.destination.run(words!["FLUSHALL"]);
    scene.job(lines);
    let user = ["--set", "source.username=reader", "--set", "source.password=pw"];
    scene.run(&[&["run", "job.toml", "--report", "report.json"], &user[..], arguments].concat())
}

#[track_caller]
fn stops_in_time(ran: Ran, lines: &str, limit: u64, most: u64) {
    let ran = ran.exits(4).stderr_has(&format!("`max_errored_keys` is {limit}"));
    let failed = ran.count("all", "failed");
    assert!((limit..=most).contains(&failed), "`{lines}`: {failed} failed");
    ran.assert_account("all");
}

fn lines(limit: u64, batch: u64, sleep: &str) -> String {
    format!("max_errored_keys = {limit}\npipeline_batch_size = {batch}\nsleep = \"{sleep}\"\n")
}

#[test]
fn at_most_as_many_more_keys_fail_as_the_limit_or_a_pipeline_whatever_fails() {
    for (poisoned, secret, good) in [(KEYS, 0, 0), (0, KEYS, 0), (KEYS, KEYS, KEYS)] {
        let scene = scene(poisoned, secret, good);
        for sleep in ["0s", "1ms"] {
            for (limit, batch, most) in LIMITS {
                let lines = lines(limit, batch, sleep);
                stops_in_time(run(&scene, &lines, &[]), &lines, limit, most);
            }
        }
    }
}

#[test]
fn keys_whose_type_cannot_be_read_are_within_the_bound() {
    let scene = scene(0, KEYS, 0);
    for (limit, batch, most) in LIMITS {
        let lines = lines(limit, batch, "0s") + "types = [\"string\", \"hash\"]";
        stops_in_time(run(&scene, &lines, &[]), &lines, limit, most);
    }
}

#[test]
fn a_dry_run_stops_at_the_limit_too() {
    let scene = scene(0, KEYS, 0);
    for (limit, batch, most) in LIMITS {
        let lines = lines(limit, batch, "0s");
        stops_in_time(run(&scene, &lines, &["--dry-run"]), &lines, limit, most);
    }
}

#[test]
fn keys_of_a_file_are_within_the_bound() {
    let scene = scene(KEYS, 0, KEYS);
    scene.save();
    for sleep in ["0s", "1ms"] {
        for (limit, batch, most) in LIMITS {
            scene.destination.run(words!["FLUSHALL"]);
            let lines = lines(limit, batch, sleep);
            stops_in_time(scene.run_backup(&lines), &lines, limit, most);
        }
    }
}

/// What was sent when the limit is reached is written and counted; nothing else is sent.
#[test]
fn a_key_that_was_not_sent_at_the_limit_is_not_counted() {
    let scene = scene(KEYS, 0, KEYS);
    let ran = run(&scene, &lines(50, 1000, "0s"), &[]).exits(4);
    let (copied, failed) = (ran.count("all", "copied"), ran.count("all", "failed"));
    assert_eq!(ran.count("all", "matched"), copied + failed);
    assert_eq!(i64::try_from(copied).expect("a count"), scene.destination.size());
    let sent = scene.destination.calls("restore");
    assert!(sent <= copied + 100, "{sent} sent, {copied} copied");
}

#[test]
fn a_high_limit_does_not_change_what_is_moved() {
    let scene = scene(200, 0, 5000);
    let ran = run(&scene, "max_errored_keys = 1000000\npipeline_batch_size = 1", &[]);
    ran.exits(1).outcomes("all", "copied 5000, failed 200");
}
