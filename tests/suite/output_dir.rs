//! `--output-dir`: a directory for what a run writes.

use std::fs;

use crate::support::{Scene, poison};

/// Each job has one key that fails. The folder `out` is missing.
fn scene() -> Scene {
    let scene = Scene::careful();
    poison(&scene.source, "key:1");
    poison(&scene.source, "key:2");
    let job = |number, lines: &str| format!("[[job]]\nname = \"job-{number}\"\nmatch = \"key:{number}\"\n{lines}\n");
    let defaults = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n\
                    error_log.path = \"{job}.log\"\n";
    let elsewhere = format!("error_log.path = \"{}\"", scene.folder().join("elsewhere.log").display());
    scene.file("job.toml", &[defaults, &job(1, ""), &job(2, &elsewhere)].concat());
    scene
}

fn names(scene: &Scene, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(scene.folder().join(folder)).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

#[test]
fn error_logs_and_reports_with_relative_paths_are_in_the_directory() {
    let scene = scene();
    let reports = ["--report", "r.json", "--report-markdown", "r.md", "--report-junit", "r.xml", "--output-dir", "out"];
    scene.run(&[&["check", "job.toml"], &reports[..]].concat()).exits(0).errors_and_warnings(&[]);
    assert_eq!(names(&scene, "."), ["job.toml"], "a check creates nothing");
    let ran = scene.run(&[&["run", "job.toml"], &reports[..]].concat()).exits(1);
    assert_eq!(names(&scene, "."), ["elsewhere.log", "job.toml", "out"]);
    assert_eq!(names(&scene, "out"), ["job-1.log", "r.json", "r.md", "r.xml"]);
    ran.stderr_has("out/job-1.log").stdout_has("job-1");
    let log = scene.read("out/job-1.log");
    assert!(log.contains("job=job-1 key=\"key:1\" "), "{log}");
    // The directory is used again.
    scene.run(&[&["run", "job.toml"], &reports[..]].concat()).exits(1);
}

#[test]
fn a_report_on_standard_output_stays_there() {
    let scene = scene();
    let ran = scene.run(&["run", "job.toml", "--report", "-", "--output-dir", "out", "--dry-run"]).exits(0);
    ran.stdout_has("\"format_version\"");
    assert_eq!(names(&scene, "out"), [""; 0]);
}

#[test]
fn a_directory_that_cannot_be_created_is_refused_before_anything_moves() {
    let scene = scene();
    let ran = scene.run(&["run", "job.toml", "--output-dir", "no/out"]).exits(2);
    ran.errors_and_warnings(&[&["the directory `no/out` (`--output-dir`) cannot be created: "]]);
    let ran = scene.run(&["check", "job.toml", "--output-dir", "no/out"]).exits(2);
    ran.stderr_has("the directory `no/out` (`--output-dir`) cannot be created: there is no directory `no`");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn outputs_elsewhere_are_checked_also_if_the_directory_is_missing() {
    let scene = scene();
    let report = scene.folder().join("no/report.json").display().to_string();
    for folder in ["out", "no/out"] {
        let ran = scene.run(&["check", "job.toml", "--output-dir", folder, "--report", &report]).exits(2);
        ran.stderr_has("no/report.json` (`--report`) cannot be created: there is no directory `");
    }
}
