//! The files that a run writes: what was there before, links, devices and FIFOs.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, lchown, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use rustix::process::Signal;
use serde_json::Value;

use super::reports::assert_valid;
use crate::support::{Ran, Scene, is_superuser, poison};

const LOG: &str = "redis-keys-migrator-error.log";

fn run(scene: &Scene) -> Ran {
    scene.run(&["run", "job.toml", "--report", "report.json"])
}

/// The names in the folder, except job files.
fn names(scene: &Scene) -> Vec<String> {
    let entries = fs::read_dir(scene.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().expect("text")).collect();
    names.retain(|name| Path::new(name).extension().is_none_or(|extension| extension != "toml"));
    names.sort();
    names
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A scene with some keys.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(20);
    scene.job("");
    scene
}

#[test]
fn a_run_without_errors_creates_no_error_log_and_leaves_no_other_file() {
    let scene = scene();
    run(&scene).exits(0);
    assert_eq!(names(&scene), ["report.json"]);
}

#[test]
fn a_failed_key_creates_the_error_log_for_its_owner_only() {
    let scene = Scene::careful();
    poison(&scene.source, "poison");
    scene.job("");
    run(&scene).exits(1);
    assert_eq!(names(&scene), [LOG, "report.json"]);
    assert_eq!(scene.read(LOG).lines().count(), 1);
    let mode = fs::metadata(scene.folder().join(LOG)).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_existing_error_log_is_emptied_or_left_as_its_mode_says() {
    for (mode, expected) in [("overwrite", ""), ("append", "old\n")] {
        let scene = scene();
        scene.file(LOG, "old\n").job(&format!("error_log.mode = \"{mode}\""));
        run(&scene).exits(0);
        assert_eq!(scene.read(LOG), expected, "{mode}");
    }
}

#[test]
fn a_refused_run_creates_and_changes_nothing() {
    let scene = scene();
    scene.file("report.json", "old").job("error_log.path = \"fifo\"");
    mknodat(CWD, scene.folder().join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    for arguments in [
        &["run", "job.toml", "--report", "new.json"][..],
        &["run", "job.toml", "--report", "report.json"],
        &["run", "job.toml", "--report", "new.json", "--set", "sleep=soon"],
        &["run", "job.toml", "--report", "none/new.json", "--set", "error_log.path=new.log"],
    ] {
        scene.run(arguments).exits(2);
        assert_eq!(names(&scene), ["fifo", "report.json"], "{arguments:?}");
        assert_eq!(scene.read("report.json"), "old");
    }
}

#[test]
fn a_job_that_pre_flight_refuses_has_no_error_log_and_its_old_one_is_not_touched() {
    for (old, expected) in [(None, vec!["report.json"]), (Some("old\n"), vec![LOG, "report.json"])] {
        let scene = scene();
        if let Some(old) = old {
            scene.file(LOG, old);
        }
        scene.destination.stop();
        run(&scene).exits(3);
        assert_eq!(names(&scene), expected);
        assert!(old.is_none_or(|old| scene.read(LOG) == old));
    }
}

#[test]
fn a_run_that_is_killed_leaves_a_report_that_says_it_is_running() {
    let scene = Scene::new();
    scene.source.fill(200);
    scene.job("pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"");
    scene.run(&["run", "job.toml", "--report", "report.json", "--dry-run"]).exits(0);
    assert_eq!(json(&scene.read("report.json"))["state"], "ended");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running.signal(Signal::KILL);
    running.wait_killed();
    let report = json(&scene.read("report.json"));
    assert_valid(&report);
    let facts = ["state", "exit_code", "ended", "dry_run"].map(|name| report[name].clone());
    assert_eq!(facts, ["running".into(), Value::Null, Value::Null, false.into()]);
    assert_eq!(report["jobs"][0]["status"], "running");
    assert_eq!(names(&scene), ["report.json"]);
    // The next run does not mind.
    run(&scene).exits(0);
    assert_eq!(json(&scene.read("report.json"))["state"], "ended");
}

#[test]
fn the_report_of_a_run_that_lasts_is_updated_every_ten_seconds() {
    let scene = Scene::new();
    scene.source.fill(200);
    scene.job("pipeline_batch_size = 1\nscan_batch_size = 1\nsleep = \"100ms\"");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    let copied = |scene: &Scene| json(&scene.read("report.json"))["jobs"][0]["outcomes"]["copied"].as_u64();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    assert_eq!(copied(&scene), Some(0));
    running.until("the report is updated", |scene| copied(scene) > Some(0));
    let report = json(&scene.read("report.json"));
    assert_valid(&report);
    assert!((50..200).contains(&copied(&scene).expect("a count")), "{report}");
    let seconds = report["duration_seconds"].as_f64().expect("a number");
    assert!((10.0..13.0).contains(&seconds), "{report}");
    running.signal(Signal::INT);
    running.wait().exits(130);
}

#[test]
fn an_earlier_report_is_whole_at_every_moment_of_a_run() {
    let scene = scene();
    run(&scene).exits(0);
    let before = File::open(scene.folder().join("report.json")).expect("a report");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    while !running.has_ended() {
        json(&scene.read("report.json"));
    }
    running.wait().exits(0);
    // The file that was there is another one, and it has its content still.
    let mut text = String::new();
    (&before).read_to_string(&mut text).expect("text");
    assert_eq!(json(&text)["state"], "ended");
    assert_eq!(before.metadata().expect("a file").nlink(), 0);
}

#[test]
fn a_report_keeps_its_mode_and_a_link_keeps_leading_to_it() {
    let scene = scene();
    fs::create_dir(scene.folder().join("reports")).expect("a folder");
    scene.file("reports/real.json", "old");
    let real = scene.folder().join("reports/real.json");
    fs::set_permissions(&real, Permissions::from_mode(0o640)).expect("a mode");
    fs::hard_link(&real, scene.folder().join("kept.json")).expect("a hard link");
    symlink("reports/real.json", scene.folder().join("report.json")).expect("a link");
    run(&scene).exits(0);
    assert!(scene.folder().join("report.json").is_symlink());
    assert_eq!(json(&scene.read("reports/real.json"))["exit_code"], 0);
    assert_eq!(fs::metadata(real).expect("a file").permissions().mode() & 0o777, 0o640);
    assert_eq!(scene.read("kept.json"), "old", "a hard link to the earlier report");
    assert_eq!(names(&scene), ["kept.json", "report.json", "reports"]);
}

#[test]
fn a_report_in_a_directory_that_permits_no_new_file_is_written_in_place() {
    let scene = scene();
    fs::create_dir(scene.folder().join("closed")).expect("a folder");
    scene.file("closed/report.json", &"old and longer than the new one".repeat(1000));
    fs::set_permissions(scene.folder().join("closed"), Permissions::from_mode(0o555)).expect("a mode");
    let run = scene.prepare(&["run", "job.toml", "--report", "closed/report.json"]).unprivileged().run().exits(0);
    assert_eq!(json(&scene.read("closed/report.json"))["state"], "ended", "{}", run.stderr);
}

#[test]
fn a_report_that_is_a_fifo_or_a_device_is_written_once_and_stays_what_it_is() {
    let scene = scene();
    let fifo = scene.folder().join("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    // Without waiting for a writer. The report fits into the FIFO.
    let reader =
        rustix::fs::open(&fifo, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).expect("a FIFO can be opened");
    scene.run(&["run", "job.toml", "--report", "fifo"]).exits(0);
    let mut text = String::new();
    File::from(reader).read_to_string(&mut text).expect("text");
    assert_eq!(json(&text)["state"], "ended");
    assert!(fs::metadata(&fifo).expect("a file").file_type().is_fifo());
    scene.run(&["run", "job.toml", "--report", "/dev/null"]).exits(0);
    assert!(fs::metadata("/dev/null").expect("a file").file_type().is_char_device());
    scene.run(&["run", "job.toml", "--report", "/dev/full"]).exits(6).stderr_has("No space left on device");
}

#[test]
fn a_report_on_standard_output_is_alone_there_and_the_summary_is_on_standard_error() {
    let scene = scene();
    let ran = scene.run(&["run", "job.toml", "--report", "-"]).exits(0);
    let report = json(&ran.stdout);
    assert_valid(&report);
    assert_eq!((&report["state"], &report["exit_code"]), (&"ended".into(), &0.into()));
    ran.stderr_has("job  status  matched").stderr_has("all  done         20").stderr_has("\ndone: 1 job, 20 keys, ");
    assert_eq!(names(&scene), Vec::<String>::new());
}

#[test]
fn a_report_on_a_standard_output_that_is_closed_or_full_is_a_failure() {
    let scene = scene();
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let full = File::options().write(true).open("/dev/full").expect("a device");
    for (stdout, reason) in [(writer.into(), "Broken pipe"), (std::process::Stdio::from(full), "No space left")] {
        let ran = scene.prepare(&["run", "job.toml", "--report", "-"]).stdout(stdout).run().exits(6);
        ran.stderr_has(&format!("cannot write standard output: {reason}")).stderr_lacks("panicked");
    }
}

#[test]
fn no_output_is_written_through_a_link_of_another_user() {
    if !is_superuser("it creates a link of another user") {
        return;
    }
    let scene = scene();
    let shared = scene.folder().join("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::set_permissions(&shared, Permissions::from_mode(0o1777)).expect("a mode");
    scene.file("victim", "precious\n");
    symlink("../victim", shared.join("link")).expect("a link");
    lchown(shared.join("link"), Some(65534), Some(65534)).expect("another owner");
    let message = "leads through the link `shared/link`, which belongs to another user (uid 65534)";
    scene.run(&["run", "job.toml", "--report", "shared/link"]).exits(2).stderr_has(message);
    scene.run(&["run", "job.toml", "--set", "error_log.path=shared/link"]).exits(2).stderr_has(message);
    assert_eq!((scene.read("victim").as_str(), scene.destination.size()), ("precious\n", 0));
    lchown(shared.join("link"), Some(0), Some(0)).expect("its own link");
    scene.run(&["run", "job.toml", "--report", "shared/link"]).exits(0);
    assert_eq!(json(&scene.read("victim"))["state"], "ended");
}

#[test]
fn an_error_log_with_several_names_is_not_emptied() {
    let scene = scene();
    scene.file("precious", "precious\n");
    fs::hard_link(scene.folder().join("precious"), scene.folder().join(LOG)).expect("a hard link");
    let ran = scene.run(&["run", "job.toml"]).exits(2);
    ran.stderr_has("has 2 names (hard links), and all of them would be emptied")
        .stderr_has("error_log.mode = \"append\"");
    assert_eq!((scene.read("precious").as_str(), scene.destination.size()), ("precious\n", 0));
    scene.run(&["run", "job.toml", "--set", "error_log.mode=append"]).exits(0);
    assert_eq!(scene.read("precious"), "precious\n");
}
