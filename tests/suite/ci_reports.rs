//! Reports for CI systems: Markdown, the step summary of GitHub Actions, and JUnit XML.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Kind, Ran, Scene, Server, failing, is_superuser, words};

const REPORTS: [&str; 8] =
    ["run", "jobs.toml", "--report", "report.json", "--report-markdown", "report.md", "--report-junit", "report.xml"];

/// The failed key has letters that Markdown and XML escape.
fn scene() -> Scene {
    failing(10, "hashes", "hash:|`<b>")
}

fn mode(scene: &Scene, name: &str) -> u32 {
    fs::metadata(scene.folder().join(name)).expect("a file").permissions().mode() & 0o777
}

#[test]
fn a_run_writes_its_results_as_markdown_and_as_junit_xml() {
    let scene = scene();
    let ran = scene.run(&REPORTS).exits(1).outcomes("keys", "copied 10").outcomes("hashes", "failed 1");
    let (markdown, xml) = (scene.read("report.md"), scene.read("report.xml"));
    for line in [
        "| job | status | matched | copied | failed | bytes | duration | keys/s |",
        "| hashes | done | 1 | 0 | **1** |",
    ] {
        assert!(markdown.contains(line), "no `{line}` in\n{markdown}");
    }
    let failed = "- hashes: 1 key failed at the destination: the hash has fields that expire, which the destination \
                  does not support";
    assert!(markdown.contains(failed), "{markdown}");
    assert!(xml.contains("<testsuites name=\"redis-keys-migrator\" tests=\"2\" skipped=\"0\" failures=\"1\""), "{xml}");
    assert!(xml.contains("<testcase name=\"keys\" classname=\"redis-keys-migrator\""), "{xml}");
    assert!(xml.contains("1 key failed at the destination: the hash has fields that expire"), "{xml}");
    // The names of keys are data.
    assert!(!markdown.contains("hash:") && !xml.contains("hash:"), "{markdown}{xml}");
    assert_eq!(ran.job("hashes")["failures"][0]["example_key"], "\"hash:|`<b>\"");
    assert_eq!(mode(&scene, "report.json"), 0o600);
    fs::write(scene.folder().join("plain"), "").expect("a file of ours");
    assert_eq!([mode(&scene, "report.md"), mode(&scene, "report.xml")], [mode(&scene, "plain"); 2]);
}

#[test]
fn a_killed_run_does_not_leave_the_results_of_an_earlier_one() {
    let scene = scene();
    scene.run(&REPORTS).exits(1);
    scene.destination.run(words!["FLUSHALL"]);
    let slow = ["--set", "sleep=60s", "--set", "pipeline_batch_size=1"];
    let mut running = scene.prepare(&[&REPORTS[..], &slow].concat()).spawn();
    running.until("the run has started", |scene| {
        ["report.md", "report.xml"].iter().all(|name| scene.read(name).contains("he run has not ended"))
    });
    let xml = scene.read("report.xml");
    assert!(xml.contains("errors=\"2\"") && xml.contains("the run has not ended"), "{xml}");
}

#[test]
fn the_summary_is_appended_to_the_step_summary_unless_there_is_an_option() {
    let scene = scene();
    scene.file("step.md", "earlier\n");
    let run = |arguments: &[&str]| {
        let path = scene.folder().join("step.md");
        scene.prepare(arguments).env("GITHUB_STEP_SUMMARY", path.to_str().expect("text")).run()
    };
    run(&["run", "jobs.toml"]).exits(1).errors_and_warnings(&[]);
    run(&["run", "jobs.toml", "--dry-run"]).exits(1);
    let text = scene.read("step.md");
    assert!(text.starts_with("earlier\n### redis-keys-migrator\n"), "{text}");
    assert_eq!(text.matches("### redis-keys-migrator\n").count(), 2, "{text}");
    run(&["run", "jobs.toml", "--report-markdown", "own.md"]).exits(1);
    assert_eq!(scene.read("step.md"), text);
    assert!(scene.read("own.md").starts_with("### redis-keys-migrator\n"));
}

#[test]
fn a_step_summary_that_cannot_be_written_is_a_warning() {
    let scene = scene();
    let run = scene.prepare(&["run", "jobs.toml", "--job", "keys"]).env("GITHUB_STEP_SUMMARY", "no/step.md");
    let message = "the step summary `no/step.md` (`GITHUB_STEP_SUMMARY`) cannot be created: there is no directory `no`";
    run.run().exits(0).errors_and_warnings(&[&[message]]);
}

#[test]
fn reports_that_cannot_be_written_are_found_before_the_first_key() {
    let scene = scene();
    let refused = |arguments: &[&str], message: &str| {
        scene.run(&[&["run", "jobs.toml"], arguments].concat()).exits(2).stderr_has(message);
    };
    refused(&["--report-markdown", "no/a.md"], "the report `no/a.md` (`--report-markdown`) cannot be created");
    refused(
        &["--report-junit", "jobs.toml"],
        "the report `jobs.toml` (`--report-junit`) is the same file as the job file",
    );
    let same = "the report `a` (`--report-junit`) is the same file as the report `a` (`--report-markdown`)";
    refused(&["--report-markdown", "a", "--report-junit", "a"], same);
    refused(
        &["--report", "-", "--report-junit", "-"],
        "the report `-` (`--report-junit`) is the same file as the report `-`",
    );
    assert_eq!(scene.destination.size(), 0);
    scene
        .run(&["run", "jobs.toml", "--report-junit", "-", "--job", "keys"])
        .exits(0)
        .stdout_has("<?xml")
        .stderr_has("done: 1 job");
}

#[test]
fn no_report_is_written_through_a_link_of_another_user() {
    if !is_superuser("it creates a link of another user") {
        return;
    }
    let scene = scene();
    let shared = scene.folder().join("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).expect("a mode");
    scene.file("own", "mine");
    symlink("../own", shared.join("link")).expect("a link");
    std::os::unix::fs::lchown(shared.join("link"), Some(12_345), None).expect("a link of another user");
    for option in ["--report-markdown", "--report-junit"] {
        scene.run(&["run", "jobs.toml", option, "shared/link"]).exits(2).stderr_has("belongs to another user");
    }
    let run = scene.prepare(&["run", "jobs.toml", "--job", "keys"]).env("GITHUB_STEP_SUMMARY", "shared/link");
    run.run().exits(0).errors_and_warnings(&[&["`GITHUB_STEP_SUMMARY`", "belongs to another user"]]);
    assert_eq!(scene.read("own"), "mine");
}

#[test]
fn no_report_contains_a_password() {
    let scene = Scene::of(Server::with(Kind::Redis70, &["--requirepass", "s3cret"]), Server::start(Kind::Redis70));
    scene
        .file("jobs.toml", "[[job]]\nname = \"all\"\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n");
    let run = |password: &str| -> Ran { scene.prepare(&REPORTS).env("RKM_SOURCE__PASSWORD", password).run() };
    run("s3cret").exits(0);
    let good = ["report.json", "report.md", "report.xml"].map(|name| scene.read(name));
    run("wr0ng").exits(3);
    let wrong = ["report.json", "report.md", "report.xml"].map(|name| scene.read(name));
    assert!(wrong[1].contains("refused") && wrong[2].contains("type=\"refused\""), "{wrong:?}");
    let secret = good.iter().chain(&wrong).find(|text| text.contains("s3cret") || text.contains("wr0ng"));
    assert_eq!(secret, None);
}
