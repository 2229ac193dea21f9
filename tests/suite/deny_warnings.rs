//! `--deny-warnings`: a run or a check with a warning is no success.

use crate::support::Scene;

const DENIED: &str = "error: there are warnings, which `--deny-warnings` makes errors";

fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(3);
    scene
}

#[test]
fn a_run_with_a_warning_about_its_configuration_does_not_start() {
    let scene = scene();
    scene.job("match = [\"key:*\", \"^user:\"]");
    let ran = scene.run(&["run", "job.toml", "--deny-warnings", "--report", "report.json"]).exits(2);
    let ran = ran.stderr_has("warning: job `all`: `match`: ").stderr_has(DENIED);
    assert_eq!(ran.stdout, "");
    assert!(!scene.folder().join("report.json").exists());
    assert_eq!(scene.destination.size(), 0);
    scene.run(&["run", "job.toml"]).exits(0);
    assert_eq!(scene.destination.size(), 3);
}

#[test]
fn a_warning_during_the_run_changes_the_exit_code_also_in_the_report() {
    let scene = scene();
    let text = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n\
                [[job]]\nname = \"none\"\nmatch = \"none:*\"\n[[job]]\nname = \"some\"\nmatch = \"key:*\"\n";
    scene.file("job.toml", text);
    for dry_run in [&["--dry-run"][..], &[]] {
        let arguments = [&["run", "job.toml", "--deny-warnings", "--report", "report.json"], dry_run].concat();
        let ran = scene.run(&arguments).exits(1).outcomes("some", "copied 3").outcomes("none", "");
        assert_eq!(ran.report()["exit_code"], 1);
        ran.stderr_has("warning: job `none`: no key matched").stderr_has(DENIED);
    }
    assert_eq!(scene.destination.size(), 3);
}

#[test]
fn a_run_without_warnings_succeeds() {
    let scene = scene();
    scene.job("");
    scene.run(&["run", "job.toml", "--deny-warnings"]).exits(0).stderr_lacks("warning");
    assert_eq!(scene.destination.size(), 3);
}

#[test]
fn check_denies_warnings_in_each_format() {
    let scene = scene();
    scene.job("match = \"^user:\"");
    let check =
        |format: &str, code| scene.run(&["check", "job.toml", "--format", format, "--deny-warnings"]).exits(code);
    check("text", 2).stderr_has(DENIED);
    check("github", 2).stdout_has("::warning title=redis-keys-migrator,file=job.toml,line=1::job `all`: `match`: ");
    check("json", 2).stdout_has("\"exit_code\": 2");
    scene.job("");
    check("text", 0).errors_and_warnings(&[]);
}
