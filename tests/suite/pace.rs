//! How gentle a run is.

use std::time::Instant;

use crate::support::{Ran, Scene};

/// How long a job's sleeps took together, in whole sleeps of 400 ms.
#[track_caller]
fn sleeps(scene: &Scene, lines: &str) -> (Ran, u128) {
    let began = Instant::now();
    let ran = scene.run_job(&format!("sleep = \"400ms\"\n{lines}")).exits(0);
    (ran, began.elapsed().as_millis() / 400)
}

#[test]
fn a_job_sleeps_after_each_pipeline_of_new_keys_but_the_last() {
    let scene = Scene::new();
    scene.source.fill(40);
    let (ran, sleeps) = sleeps(&scene, "pipeline_batch_size = 10");
    ran.outcomes("all", "copied 40");
    assert_eq!(sleeps, 3);
}

#[test]
fn a_job_with_one_pipeline_does_not_sleep() {
    let scene = Scene::new();
    scene.source.fill(40);
    let (ran, sleeps) = sleeps(&scene, "");
    ran.outcomes("all", "copied 40");
    assert_eq!(sleeps, 0);
}

#[test]
fn pipelines_are_filled_with_new_keys_only() {
    let scene = Scene::new();
    scene.source.fill(40);
    scene.destination.fill(20);
    let (ran, sleeps) = sleeps(&scene, "pipeline_batch_size = 10");
    ran.outcomes("all", "copied 20, existing 20");
    assert_eq!(sleeps, 1);
}

#[test]
fn a_job_sleeps_after_a_number_of_existing_keys() {
    let scene = Scene::new();
    scene.source.fill(40);
    scene.destination.fill(40);
    let (ran, sleeps) = sleeps(&scene, "max_processed_existing_keys = 15");
    ran.outcomes("all", "existing 40");
    assert_eq!(sleeps, 2);
}

#[test]
fn pipelines_are_counted_across_scan_batches() {
    let scene = Scene::new();
    scene.source.fill(40);
    let (ran, sleeps) = sleeps(&scene, "pipeline_batch_size = 20\nscan_batch_size = 3");
    ran.outcomes("all", "copied 40");
    assert_eq!(sleeps, 1);
}

#[test]
fn a_run_that_sleeps_reports_it_once_and_names_the_key_that_avoids_it() {
    let scene = Scene::new();
    scene.source.fill(40);
    let ran = scene.run_job("sleep = \"100ms\"\npipeline_batch_size = 4").exits(0);
    let about: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("sleep = \"0s\"")).collect();
    assert_eq!(about.len(), 1, "{}", ran.stderr);
}

#[test]
fn a_run_without_sleep_does_not_report_sleep() {
    let scene = Scene::new();
    scene.source.fill(40);
    scene.run_job("").exits(0).stderr_lacks("sleep");
}

#[test]
fn scan_batches_have_the_size_that_the_job_sets() {
    let scene = Scene::new();
    scene.source.fill(1000);
    scene.run_job("scan_batch_size = 10").exits(0);
    assert!((60..=140).contains(&scene.source.calls("scan")), "{} scans", scene.source.calls("scan"));
}
