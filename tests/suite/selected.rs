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
fn a_disabled_job_needs_no_file_of_its_endpoints_but_its_keys_are_checked() {
    let scene = Scene::new();
    let off = |lines: &str| {
        let of_source = "source = { host = \"h\", password_file = \"no/pw\", tls.ca_file = \"no/ca.pem\" }";
        format!("[[job]]\nname = \"off\"\nenabled = false\n{of_source}\ndestination.host = \"h\"\n{lines}\n")
    };
    scene.file("job.toml", &off(""));
    let arguments = ["run", "job.toml", "--report", "report.json"];
    let ran = scene.run(&arguments).exits(0).errors_and_warnings(&[]);
    assert_eq!(names(&ran), ["off disabled"]);
    ran.stdout_has("done: 0 jobs, 1 disabled, 0 keys in ");
    scene.prepare(&arguments).env("RKM_ENABLED", "true").run().exits(2).stderr_has("cannot read no/pw");
    let ran = scene.file("job.toml", &off("lanes = 3\nsleeep = \"1s\"")).run(&arguments).exits(2);
    ran.stderr_has("job.toml:6: job `off`: `lanes` is 3").stderr_has("job.toml:7: job `off`: unknown key `sleeep`");
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
