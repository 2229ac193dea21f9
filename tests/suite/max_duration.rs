//! `--max-duration` stops a run as a signal does, with a status of its own.

use std::time::{Duration, Instant};

use crate::support::{Running, Scene, assert_same};

/// Takes four seconds for two hundred keys.
const SLOWLY: &str = "pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"200ms\"";

fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(200);
    let defaults = format!("[defaults]\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\n{SLOWLY}\n");
    let jobs = "[[job]]\nname = \"first\"\nmatch = \"key:*\"\n[[job]]\nname = \"second\"\nshare_walk = false\n";
    scene.file("job.toml", &format!("{defaults}{jobs}"));
    scene
}

fn start<'a>(scene: &'a Scene, more: &[&str]) -> Running<'a> {
    scene.prepare(&[&["run", "job.toml", "--report", "report.json"], more].concat()).spawn()
}

#[test]
fn a_run_stops_when_its_time_is_over_and_counts_what_it_did() {
    let scene = scene();
    let reports = ["--report-junit", "r.xml", "--report-markdown", "r.md", "--keep-going"];
    let began = Instant::now();
    let ran = start(&scene, &[&["--max-duration", "1s 500ms"], &reports[..]].concat()).wait().exits(6);
    let lasted = began.elapsed();
    assert!(lasted > Duration::from_millis(1400) && lasted < Duration::from_secs(4), "{lasted:?}");
    ran.assert_account("first");
    let copied = ran.count("first", "copied");
    assert!((10..200).contains(&copied), "{copied}");
    assert_eq!(i64::try_from(copied).expect("small"), scene.destination.size());
    assert_eq!((ran.status_of("first"), ran.status_of("second")), ("time-limit".to_owned(), "not-run".to_owned()));
    let ran = ran
        .reasons("first", &["stopped by `--max-duration` (1s 500ms)"])
        .reasons("second", &["`--max-duration` (1s 500ms) ended the run before"])
        .errors_and_warnings(&[
            &["the run has lasted for 1s 500ms (`--max-duration`): finishing in-flight work"],
            &["job `first` was stopped by `--max-duration` (1s 500ms)"],
        ])
        .stdout_has("first: stopped by `--max-duration` (1s 500ms)\n")
        .stdout_has("second: not run: `--max-duration` (1s 500ms) ended the run before\n");
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("stopped: 0 of 2 jobs done, "), "{last}");
    assert!(scene.read("r.xml").contains("type=\"time-limit\""), "{}", scene.read("r.xml"));
    assert!(scene.read("r.md").contains("**time-limit**"), "{}", scene.read("r.md"));
}

#[test]
fn a_run_that_ends_in_time_is_not_changed() {
    let scene = scene();
    let ran = start(&scene, &["--max-duration", "1h", "--set", "sleep=0s"]).wait().exits(0);
    ran.outcomes("first", "copied 200").errors_and_warnings(&[]);
}

#[test]
fn jobs_that_share_a_walk_all_stop() {
    let scene = scene();
    let ran = start(&scene, &["--max-duration", "1s", "--set", "job.second.share_walk=true"]).wait().exits(6);
    assert_eq!((ran.status_of("first"), ran.status_of("second")), ("time-limit".to_owned(), "time-limit".to_owned()));
}

#[test]
fn the_time_counts_from_the_start_and_the_pre_flight_is_part_of_it() {
    let scene = scene();
    scene.source.pause();
    let began = Instant::now();
    let ran = start(&scene, &["--max-duration", "500ms"]).wait().exits(6);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    scene.source.resume();
    assert_eq!(scene.destination.size(), 0);
    ran.stderr_has("job `first` cannot be run: stopped by `--max-duration` (500ms)")
        .stdout_has("stopped: 0 of 2 jobs done");
}

#[test]
fn a_job_with_a_checkpoint_can_be_continued() {
    let scene = scene();
    let ran = start(&scene, &["--max-duration=1s", "--set", "checkpoint={job}.cp"]).wait().exits(6);
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(
        last.ends_with(" run job.toml --report report.json '--max-duration=1s' --set 'checkpoint={job}.cp' --resume"),
        "{last}"
    );
    assert!(scene.read("first.cp").contains("\"state\":\"stopped\""));
    let ran = start(&scene, &["--resume", "--set", "checkpoint={job}.cp", "--set", "sleep=0s"]).wait().exits(0);
    ran.assert_account("first");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_duration_is_written_with_its_unit_and_is_not_zero() {
    let scene = scene();
    for (text, expected) in
        [("0s", "must be more than zero"), ("soon", "expected number at 0"), ("5", "time unit needed")]
    {
        let refused = scene.run(&["run", "job.toml", "--max-duration", text]).exits(2);
        refused.stderr_has("--max-duration <DURATION>").stderr_has(expected);
    }
    assert_eq!(scene.destination.size(), 0);
}
