//! The output of a run from a file, which must never be the file itself.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;

use crate::reports::assert_valid;
use crate::support::{Dataset, Kind, RdbFile, Scene, piped, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];

#[test]
fn the_report_describes_the_file_the_server_that_wrote_it_and_the_outcomes() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(300).fill(&mut scene.source.client());
        let size = scene.save().len();
        let ran = scene.run_backup("").exits(0).outcomes("all", "copied 300");
        assert_valid(&ran.report());
        let source = &ran.job("all")["source"];
        let (flavour, version, rdb_version) = match kind {
            Kind::Redis62 => ("redis", "6.2.", 9),
            Kind::Redis70 => ("redis", "7.0.", 10),
            Kind::Redis82 => ("redis", "8.2.", 12),
            Kind::Valkey91 => ("valkey", "9.1.", 80),
        };
        let backup = &source["backup"];
        assert!(backup["version"].as_str().expect("a version").starts_with(version), "{backup}");
        assert!(backup["created"].as_str().expect("a moment").ends_with('Z'), "{backup}");
        let found = json!([backup["flavour"], backup["rdb_version"], backup["size"]]);
        assert_eq!(found, json!([flavour, rdb_version, size]));
        let found = json!([source["address"], source["file"], source["db"], source["server"]]);
        assert_eq!(found, json!([null, "backup.rdb", 0, null]));
        let configuration = &ran.job("all")["configuration"]["source"];
        assert_eq!(*configuration, json!({ "rdb": "backup.rdb", "db": 0 }));
    }
}

#[test]
fn every_report_of_a_run_from_a_file_matches_its_schema() {
    let scene = Scene::new();
    let whole = RdbFile::new().strings(50).finished();
    let report = |lines: &str, code| assert_valid(&scene.run_backup(lines).exits(code).report());
    scene.backup(&whole);
    report("source.db = \"all\"", 0);
    scene.backup(&whole[..whole.len() / 2]);
    report("", 6);
    report("destination.db = 99", 3);
    scene.backup(&whole).backup_job("");
    assert_valid(&scene.run(&[&RUN[..], &["--dry-run"]].concat()).exits(0).report());
    scene.backup_job("source.rdb = \"-\"");
    assert_valid(&scene.prepare(&RUN).stdin(piped(whole)).run().exits(0).report());
}

#[test]
fn the_first_line_of_a_job_and_show_name_the_file() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(3).finished());
    let to = format!("to 127.0.0.1:{} (all databases, Redis 7.0.", scene.destination.port());
    let line = format!("job `all` starts: from backup.rdb (all databases, RDB version 10 of Redis 7.0.15) {to}");
    scene.run_backup("source.db = \"all\"").exits(0).stderr_has(&line);
    let shown = scene.run(&["show", "job.toml"]).exits(0).stdout;
    assert!(shown.contains("source.rdb") && shown.contains("\"backup.rdb\"") && shown.contains("\"all\""), "{shown}");
    assert!(!shown.contains("source.host"), "{shown}");
}

/// The backup, under its own name and by links.
fn linked() -> (Scene, Vec<u8>) {
    let scene = Scene::new();
    let bytes = RdbFile::new().strings(20).finished();
    scene.backup(&bytes);
    symlink("backup.rdb", scene.folder().join("link")).expect("a link in the test's folder");
    fs::hard_link(scene.folder().join("backup.rdb"), scene.folder().join("other"))
        .expect("a link in the test's folder");
    (scene, bytes)
}

#[test]
fn an_output_that_is_the_backup_is_refused_and_the_file_does_not_change() {
    let (scene, bytes) = linked();
    for name in ["backup.rdb", "link", "other", "./backup.rdb"] {
        let error = "is the same file as the backup `backup.rdb`; choose another path";
        scene.backup_job("");
        for dry_run in [&[][..], &["--dry-run"]] {
            let arguments = [&["run", "job.toml", "--report", name], dry_run].concat();
            scene.run(&arguments).exits(2).stderr_has(error).stderr_has(name);
        }
        for mode in ["overwrite", "append"] {
            let log = format!("error_log = {{ path = \"{name}\", mode = \"{mode}\" }}");
            scene.backup_job(&log).run(&["run", "job.toml"]).exits(2).stderr_has(error).stderr_has(name);
        }
    }
    let of_link = "source.rdb = \"link\"";
    scene
        .backup_job(of_link)
        .run(&["run", "job.toml", "--report", "backup.rdb"])
        .exits(2)
        .stderr_has("is the same file as the backup `link`");
    assert_eq!(fs::read(scene.folder().join("backup.rdb")).expect("the file exists"), bytes);
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn an_output_that_is_the_file_of_standard_input_is_refused_and_does_not_change() {
    let (scene, bytes) = linked();
    let stdin = || File::open(scene.folder().join("backup.rdb")).expect("the file exists");
    for name in ["backup.rdb", "link", "other"] {
        scene.backup_job("source.rdb = \"-\"");
        let run = scene.prepare(&["run", "job.toml", "--report", name]).stdin(stdin());
        run.run().exits(2).stderr_has("is the same file as the backup `standard input`").stderr_has(name);
        scene.backup_job(&format!("source.rdb = \"-\"\nerror_log.path = \"{name}\""));
        let run = scene.prepare(&["run", "job.toml"]).stdin(stdin());
        run.run().exits(2).stderr_has("is the same file as the backup `standard input`").stderr_has(name);
    }
    assert_eq!(fs::read(scene.folder().join("backup.rdb")).expect("the file exists"), bytes);
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_fifo_is_read_like_a_file() {
    let scene = Scene::new();
    mknodat(CWD, scene.folder().join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    scene.backup_job("source.rdb = \"fifo\"");
    let running = scene.prepare(&RUN).spawn();
    fs::write(scene.folder().join("fifo"), RdbFile::new().strings(700).finished()).expect("the program reads");
    let ran = running.wait().exits(0).outcomes("all", "copied 700");
    assert_eq!(ran.job("all")["source"]["backup"]["size"], serde_json::Value::Null);
    assert_eq!(scene.destination.run(words!["GET", "key:699"]).text(), "value 699");
}
