//! Jobs that are disabled, and jobs that are selected by name and tag.

use crate::support::{Ran, Scene};

/// Three jobs, one of them disabled. Its backup does not exist.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(3);
    let job = |name: &str, lines: &str| format!("[[job]]\nname = \"{name}\"\n{lines}\n");
    let jobs = [
        job("eu-one", "match = \"key:1\"\ntags = [\"eu\"]"),
        job("off", "enabled = false\nsource.rdb = \"none.rdb\"\nerror_log.path = \"none/errors.log\""),
        job("two", "match = \"key:2\""),
    ];
    let defaults = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n";
    scene.file("job.toml", &format!("{defaults}{}", jobs.concat()));
    scene
}

fn names(ran: &Ran) -> Vec<String> {
    let report = ran.report();
    let jobs = report["jobs"].as_array().expect("a list");
    jobs.iter()
        .map(|job| format!("{} {}", job["name"].as_str().expect("a text"), job["status"].as_str().expect("a text")))
        .collect()
}

#[test]
fn a_disabled_job_is_listed_and_not_run() {
    let scene = scene();
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).errors_and_warnings(&[]);
    assert_eq!(names(&ran), ["eu-one done", "off disabled", "two done"]);
    let ran = ran.stdout_has("off: not run: `enabled` is false\n").outcomes("eu-one", "copied 1");
    assert_eq!(ran.job("off")["configuration"]["enabled"], false);
    assert_eq!(scene.destination.size(), 2);
    scene.run(&["check", "job.toml", "--connect"]).exits(0);
}

#[test]
fn a_run_of_disabled_jobs_only_succeeds_and_an_override_enables_one() {
    let scene = scene();
    let arguments = ["run", "job.toml", "--job", "off", "--report", "report.json"];
    assert_eq!(names(&scene.run(&arguments).exits(0)), ["off disabled"]);
    let ran = scene.prepare(&arguments).env("RKM_JOB__OFF__ENABLED", "true").run().exits(2);
    ran.stderr_has("none.rdb");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn jobs_are_selected_by_globs_and_tags() {
    let scene = scene();
    let run = |options: &[&str]| {
        names(&scene.run(&[&["run", "job.toml", "--report", "report.json"], options].concat()).exits(0))
    };
    assert_eq!(run(&["--job", "*o*", "--skip", "off"]), ["eu-one done", "two done"]);
    assert_eq!(run(&["--tag", "eu"]), ["eu-one done"]);
    assert_eq!(run(&["--skip-tag", "eu"]), ["off disabled", "two done"]);
}

#[test]
fn a_selection_of_nothing_is_refused() {
    let ran = scene().run(&["run", "job.toml", "--tag", "eu", "--skip", "eu-*"]).exits(2);
    assert_eq!(ran.stdout, "");
    ran.stderr_has("error: no job is selected\n  hint: known names: `eu-one`, `off`, `two`\n");
}
