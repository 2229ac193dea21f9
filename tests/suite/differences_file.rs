//! The differences file: which runs check it, empty it, or leave it alone.

use crate::support::Scene;

const FILE: &str = "redis-keys-migrator-differences.jsonl";

/// A scene with keys, and with the differences of an earlier run.
fn scene(lines: &str) -> Scene {
    let scene = Scene::new();
    scene.source.fill(3);
    scene.file(FILE, "old\n").job(lines);
    scene
}

#[test]
fn a_run_that_verifies_empties_the_file_and_any_other_run_leaves_it_alone() {
    let scene = scene("");
    for arguments in [&["run", "job.toml"][..], &["run", "job.toml", "--set", "verify=full", "--dry-run"]] {
        scene.run(arguments).exits(0);
        assert_eq!(scene.read(FILE), "old\n", "{arguments:?}");
    }
    scene.run(&["run", "job.toml", "--set", "verify=full"]).exits(0);
    assert_eq!(scene.read(FILE), "");
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_a_key_moves_and_only_if_the_job_is_verified() {
    let scene = scene("verify_log = \"no/{job}.jsonl\"");
    let message =
        "the differences file `no/all.jsonl` (`verify_log` of job `all`) cannot be created: there is no directory `no`";
    for command in ["check", "run"] {
        scene.run(&[command, "job.toml", "--set", "verify=sample"]).exits(2).errors_and_warnings(&[&[message]]);
    }
    assert_eq!(scene.destination.size(), 0);
    scene.run(&["check", "job.toml"]).exits(0);
    scene.run(&["run", "job.toml"]).exits(0);
    assert_eq!(scene.destination.size(), 3);
}

#[test]
fn a_relative_path_is_below_the_directory_of_outputs() {
    let scene = scene("verify = \"full\"\nverify_log = \"{job}.jsonl\"");
    scene.run(&["check", "job.toml", "--output-dir", "out"]).exits(0);
    scene.run(&["run", "job.toml", "--output-dir", "out"]).exits(0);
    scene.file("out/all.jsonl", "old\n");
    scene.run(&["run", "job.toml", "--output-dir", "out"]).exits(0);
    assert_eq!((scene.read("out/all.jsonl"), scene.read(FILE)), (String::new(), "old\n".to_owned()));
}
