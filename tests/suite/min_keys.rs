//! `min_keys`: a job that matches too few keys is not a success.

use crate::support::Scene;

/// A source with 3 keys.
fn three() -> Scene {
    let scene = Scene::new();
    scene.source.fill(3);
    scene
}

#[test]
fn a_job_with_fewer_keys_than_its_minimum_moves_them_and_exits_with_1() {
    let scene = three();
    let ran = scene.run_job("min_keys = 4").exits(1).row("all", &[("status", "too-few"), ("copied", "3")]);
    let reason = "3 keys matched, but `min_keys` is 4";
    let ran = ran.reasons("all", &[reason]).stdout_has(&format!("all: {reason}\n"));
    let ran = ran.errors_and_warnings(&[&["error: job `all`: ", reason]]).outcomes("all", "copied 3");
    assert_eq!(ran.status_of("all"), "too-few");
    assert_eq!(ran.report()["exit_code"], 1);
    assert_eq!(ran.job("all")["configuration"]["min_keys"], 4);
    assert_eq!(scene.destination.size(), 3);
}

#[test]
fn a_job_with_as_many_keys_as_its_minimum_is_done() {
    let scene = three();
    let ran = scene.run_job("min_keys = 3").exits(0).errors_and_warnings(&[]);
    assert_eq!(ran.status_of("all"), "done");
    // Existing keys have matched, too.
    scene.run_job("min_keys = 3").exits(0).outcomes("all", "existing 3");
}

#[test]
fn only_keys_that_match_count() {
    let scene = three();
    let ran = scene.run_job("min_keys = 3\nexclude = \"key:0\"").exits(1);
    ran.outcomes_and_filtered("all", "copied 2", 1).reasons("all", &["2 keys matched, but `min_keys` is 3"]);
}

#[test]
fn a_dry_run_with_too_few_keys_ends_like_a_run() {
    let scene = three();
    scene.job("min_keys = 4");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(1);
    assert_eq!(ran.status_of("all"), "too-few");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_file_with_too_few_keys_ends_like_a_server() {
    let scene = three();
    let rdb = scene.source.save().display().to_string();
    let job = format!("sleep = \"0s\"\nsource.rdb = {rdb:?}\ndestination = {{DESTINATION}}\nmin_keys = 4");
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\n{job}\n"));
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(1).outcomes("all", "copied 3");
    assert_eq!(ran.status_of("all"), "too-few");
}

#[test]
fn jobs_after_one_with_too_few_keys_are_run() {
    let scene = three();
    let job = |name: &str, line: &str| {
        format!(
            "[[job]]\nname = \"{name}\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\nsleep = \"0s\"\n{line}\n"
        )
    };
    scene.file("jobs.toml", &(job("few", "match = \"key:1\"\nmin_keys = 2") + &job("rest", "")));
    let ran = scene.run(&["run", "jobs.toml", "--report", "report.json"]).exits(1);
    assert_eq!((ran.status_of("few"), ran.status_of("rest")), ("too-few".to_owned(), "done".to_owned()));
    ran.outcomes("rest", "copied 2, existing 1");
}

#[test]
fn a_job_that_ends_early_has_its_own_status_and_exit_code() {
    let scene = three();
    let whole = std::fs::read(scene.source.save()).expect("a file");
    std::fs::write(scene.folder().join("cut.rdb"), &whole[..whole.len() - 20]).expect("a file");
    let job = "sleep = \"0s\"\nsource.rdb = \"cut.rdb\"\ndestination = {DESTINATION}\nmin_keys = 4";
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\n{job}\n"));
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(6).stderr_lacks("`min_keys`");
    assert_eq!(ran.status_of("all"), "backup-failed");
}

#[test]
fn a_minimum_below_1_is_refused() {
    let scene = three();
    scene
        .job("min_keys = 0")
        .run(&["check", "job.toml"])
        .exits(2)
        .stderr_has("`min_keys` is 0, but must be at least 1");
}

#[test]
fn the_minimum_can_be_overridden_and_is_shown() {
    let scene = three();
    scene.job("min_keys = 1");
    scene.run(&["run", "job.toml", "--set", "min_keys=4"]).exits(1);
    scene.prepare(&["run", "job.toml"]).env("RKM_MIN_KEYS", "4").run().exits(1);
    scene.run(&["show", "job.toml"]).exits(0).stdout_has("min_keys ");
}
