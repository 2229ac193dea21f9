//! A project file with profiles, and what commands do with it.

use std::fs;

use crate::support::{Scene, piped};

const PROJECT_FILE: &str = "redis-keys-migrator.toml";

/// A project with two profiles, and one job file.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(3);
    let project = "[defaults]\nsleep = \"0s\"\ndestination = {DESTINATION}\n\
                   [profile.staging.defaults]\nsource = {SOURCE}\nmatch = \"key:1\"\n\
                   [profile.broken.defaults]\nsource = {SOURCE}\nrename.strip_prefix = \"x\"\n";
    scene.file(PROJECT_FILE, project);
    scene.file("jobs.toml", "[[job]]\nname = \"all\"\n");
    scene
}

#[test]
fn a_run_names_its_project_file_and_profile_first() {
    let scene = scene();
    let arguments = ["run", "jobs.toml", PROJECT_FILE, "--profile", "staging", "--report", "report.json"];
    let ran = scene.run(&arguments).exits(0).outcomes("all", "copied 1");
    let first = ran.stderr.lines().next().expect("a line");
    assert!(first.ends_with("project file `redis-keys-migrator.toml`, profile `staging`"), "{first}");
    assert_eq!(scene.destination.size(), 1);
    let ran = scene.prepare(&["run", "jobs.toml", "--report", "report.json"]).env("RKM_PROFILE", "staging").run();
    ran.exits(0).outcomes("all", "existing 1");
}

#[test]
fn a_run_names_its_project_file_and_profile_first_even_if_they_have_faults() {
    let scene = scene();
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let ran = scene.run(&["run", "jobs.toml", "--profile", "broken"]).exits(2);
    assert!(
        first(&ran.stderr).ends_with("project file `redis-keys-migrator.toml`, profile `broken`"),
        "{}",
        ran.stderr
    );
    let ran = scene.run(&["run", "jobs.toml", "--config", "none.toml", "--profile", "x"]).exits(2);
    assert!(first(&ran.stderr).ends_with("project file `none.toml`, profile `x`"), "{}", ran.stderr);
    ran.stderr_has("error: none.toml: cannot be read: ");
}

#[test]
fn a_variable_for_a_job_elsewhere_in_the_project_is_no_mistake() {
    let scene = scene();
    fs::create_dir_all(scene.folder().join("jobs/eu")).expect("new folders");
    scene.file("jobs/eu/more.toml", "[[job]]\nname = \"eu-carts\"\n");
    let run = |variable: &str| scene.prepare(&["run", "jobs.toml", "--profile", "staging"]).env(variable, "0s").run();
    run("RKM_JOB__EU_CARTS__SLEEP").exits(0).stdout_has("1 copied");
    run("RKM_JOB__EU_CARS__SLEEP").exits(2).stderr_has("no job has a name that is written `EU_CARS` in variables");
    // Without a project file, only the folder of the given file counts.
    fs::remove_file(scene.folder().join(PROJECT_FILE)).expect("the project file");
    let arguments = ["check", "jobs.toml", "--set", "source.host=a", "--set", "destination.host=b"];
    scene.prepare(&arguments).env("RKM_JOB__EU_CARTS__SLEEP", "0s").run().exits(2).stderr_has("no job has a name");
}

#[test]
fn a_run_without_its_profile_is_refused() {
    let scene = scene();
    let ran = scene.run(&["run", "jobs.toml"]).exits(2).stderr_has("`source.host` is missing");
    assert_eq!(ran.stdout, "");
    let ran = scene.run(&["run", "jobs.toml", "--profile", "stagign"]).exits(2);
    ran.stderr_has(
        "error: --profile: no profile has the name `stagign`\n  hint: known profiles: `broken`, `staging`\n",
    );
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_project_file_is_found_in_a_parent_within_the_repository_or_is_given() {
    let scene = scene();
    for folder in [".git", "jobs"] {
        fs::create_dir(scene.folder().join(folder)).expect("a new folder");
    }
    let arguments = ["run", "../jobs.toml", "--profile", "staging"];
    let ran = scene.prepare(&arguments).under(&["env", "-C", "jobs"]).run().exits(0);
    ran.stderr_has("project file `../redis-keys-migrator.toml`, profile `staging`\n");
    fs::remove_dir(scene.folder().join(".git")).expect("an empty folder");
    scene.prepare(&arguments).under(&["env", "-C", "jobs"]).run().exits(2).stderr_has("no profile has the name");
    let given = ["run", "../jobs.toml", "--profile", "staging", "--config", "../redis-keys-migrator.toml"];
    scene.prepare(&given).under(&["env", "-C", "jobs"]).run().exits(0);
}

#[test]
fn check_examines_each_profile() {
    let scene = scene();
    let ran = scene.run(&["check", "jobs.toml", "--all-profiles"]).exits(2);
    assert_eq!(ran.stdout, "profile `broken`:\nprofile `staging`:\njobs.toml: 1 job\nconfiguration is valid\n");
    ran.stderr_has("project file `redis-keys-migrator.toml`, profile `broken`\n")
        .stderr_has("the pattern `*` of `match` does not begin with it")
        .stderr_has("project file `redis-keys-migrator.toml`, profile `staging`\n");
}

#[test]
fn a_job_file_from_a_pipe_is_read_once_for_all_profiles() {
    let scene = scene();
    let jobs = piped(scene.read("jobs.toml").into_bytes());
    let ran = scene.prepare(&["check", "/dev/stdin", "--all-profiles"]).stdin(jobs).run().exits(2);
    assert_eq!(ran.stdout, "profile `broken`:\nprofile `staging`:\n/dev/stdin: 1 job\nconfiguration is valid\n");
    ran.stderr_lacks("has no job");
}

#[test]
fn show_names_the_file_the_line_and_the_table_of_each_value() {
    let scene = scene();
    let ran = scene.run(&["show", "jobs.toml", "--profile", "staging"]).exits(0);
    ran.shows("sleep", "\"0s\" redis-keys-migrator.toml:2 [defaults]");
    ran.shows("match", "\"key:1\" redis-keys-migrator.toml:6 [profile.staging.defaults]");
    ran.shows("lanes", "\"auto\" default");
}
