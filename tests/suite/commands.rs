//! The commands that move nothing: check, show, schema, completions, man.

use std::fs;
use std::path::Path;

use crate::docs::commands;
use crate::support::Scene;

#[test]
fn check_reports_every_fault_of_every_file_on_stderr() {
    let scene = Scene::new();
    scene.file(
        "a.toml",
        "[[job]]\nname = \"a\"\ndestination.host = \"x\"\nscan_batch_size = 0\nslep = \"1s\"\nsource.host = \"y\"\n",
    );
    scene.file("b.toml", "[[job]]\nname = \"b\"\nsleep = \"-1s\"\n");
    let ran = scene.run(&["check", "a.toml", "b.toml"]).exits(2);
    let ran = ran
        .stderr_has("a.toml:4")
        .stderr_has("`scan_batch_size`")
        .stderr_has("a.toml:5")
        .stderr_has("did you mean `sleep`");
    let ran = ran.stderr_has("b.toml:3").stderr_has("`sleep`").stderr_has("`destination.host`");
    assert_eq!(ran.stdout, "");
}

#[test]
fn check_reports_a_valid_configuration_on_stdout_and_changes_nothing() {
    let scene = Scene::new();
    scene.job("");
    scene.run(&["check", "job.toml"]).exits(0).stdout_has("job.toml");
    assert_eq!(scene.source.calls("scan") + scene.source.calls("info"), 1, "only this test has called INFO");
    assert!(!scene.folder().join("redis-keys-migrator-error.log").exists());
}

#[test]
fn show_hides_secrets() {
    let scene = Scene::new();
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsource = { host = \"old\", password = \"s3cret\" }\ndestination.url = \"redis://:s3cret@cache/1\"\n",
    );
    let shown = scene.run(&["show", "job.toml"]).exits(0).stdout_has("***").stdout_has("cache");
    assert!(!shown.stdout.contains("s3cret"), "{}", shown.stdout);
}

#[test]
fn the_defaults_that_show_prints_are_valid_in_a_job_file() {
    let scene = Scene::new();
    let defaults = scene.run(&["show", "--defaults"]).exits(0).stdout;
    scene.file(
        "job.toml",
        &format!("{defaults}\n[[job]]\nname = \"all\"\nsource.host = \"old\"\ndestination.host = \"cache\"\n"),
    );
    scene.run(&["check", "job.toml"]).exits(0);
}

#[test]
fn schema_prints_the_schemas_of_this_repository() {
    let scene = Scene::new();
    let held = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
        fs::read_to_string(path).expect("the schema exists")
    };
    assert_eq!(scene.run(&["schema"]).exits(0).stdout, held("job-file.schema.json"));
    assert_eq!(scene.run(&["schema", "job"]).exits(0).stdout, held("job-file.schema.json"));
    assert_eq!(scene.run(&["schema", "project"]).exits(0).stdout, held("project-file.schema.json"));
    assert_eq!(scene.run(&["schema", "report"]).exits(0).stdout, held("report.schema.json"));
    assert_eq!(scene.run(&["schema", "check"]).exits(0).stdout, held("check.schema.json"));
}

#[test]
fn completions_exist_for_every_shell() {
    let scene = Scene::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        scene.run(&["completions", shell]).exits(0).stdout_has("redis-keys-migrator");
    }
}

#[test]
fn the_manual_lists_all_commands() {
    let scene = Scene::new();
    let help = scene.run(&["--help"]).exits(0).stdout;
    let mut manual = scene.run(&["man"]).exits(0).stdout_has(".TH").stdout_has("dry");
    for command in commands(&help) {
        manual = manual.stdout_has(command);
    }
}

#[test]
fn help_and_version_are_printed_on_stdout() {
    let scene = Scene::new();
    scene.run(&["--help"]).exits(0).stdout_has("redis-keys-migrator");
    scene.run(&["run", "--help"]).exits(0).stdout_has("--dry-run");
    scene.run(&["--version"]).exits(0).stdout_has(env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_closed_stdout_does_not_make_a_command_panic() {
    let scene = Scene::new();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    scene.prepare(&["schema"]).stdout(writer).run().stderr_lacks("panicked");
}
