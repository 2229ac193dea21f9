//! A backup from standard input: a pipe, or a file.

use std::fs::File;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Dataset, Ran, RdbFile, Scene, assert_same, packed, piped, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const STDIN: &str = "source.rdb = \"-\"";

/// Runs the job with this for standard input.
fn fed(scene: &Scene, stdin: impl Into<Stdio>) -> Ran {
    scene.prepare(&RUN).stdin(stdin).run()
}

/// A file of the folder, to be read.
fn opened(scene: &Scene, name: &str) -> File {
    File::open(scene.folder().join(name)).expect("the test wrote this file")
}

#[test]
fn standard_input_is_read_like_a_file() {
    let scene = Scene::new();
    Dataset::mixed(1200).fill(&mut scene.source.client());
    let bytes = scene.save();
    let by_path = scene.run_backup("").exits(0).outcomes("all", "copied 1200");
    let expected = scene.source.reading();
    std::fs::write(scene.folder().join("packed"), packed(&bytes)).expect("a file in the test's folder");

    scene.backup_job(STDIN);
    let same = |ran: Ran, size: Option<u64>| {
        let ran = ran.exits(0).outcomes("all", "copied 1200");
        let (job, of_path) = (ran.job("all"), by_path.job("all"));
        for part in ["by_type", "bytes", "payloads", "libraries"] {
            assert_eq!(job[part], of_path[part]);
        }
        assert_eq!(job["source"]["file"], "standard input");
        assert_eq!(job["source"]["backup"]["size"].as_u64(), size);
        assert_same(&expected, &scene.destination.reading());
        scene.destination.run(words!["FLUSHALL"]);
    };
    scene.destination.run(words!["FLUSHALL"]);
    same(fed(&scene, piped(bytes.clone())), None);
    same(fed(&scene, piped(packed(&bytes))), None);
    same(fed(&scene, opened(&scene, "backup.rdb")), Some(bytes.len() as u64));
    same(fed(&scene, opened(&scene, "packed")), Some(packed(&bytes).len() as u64));
}

#[test]
fn check_reads_standard_input() {
    let scene = Scene::new();
    scene.backup_job(STDIN);
    let run = scene.prepare(&["check", "job.toml", "--connect"]).stdin(piped(RdbFile::new().strings(3).finished()));
    let ran = run.run().exits(0).stdout_has("standard input: RDB version 10 of Redis 7.0.15; its checksum is valid");
    ran.stdout_has("job.toml: 1 job\nconfiguration is valid\n");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_run_waits_for_a_silent_pipe_and_a_signal_ends_it_at_once() {
    for arguments in [&RUN[..], &["run", "job.toml", "--dry-run", "--report", "report.json"]] {
        let scene = Scene::new();
        scene.backup_job(STDIN);
        let (silent, _writer) = std::io::pipe().expect("a pipe");
        let mut running = scene.prepare(arguments).stdin(silent).spawn();
        std::thread::sleep(Duration::from_millis(400));
        assert!(!running.has_ended(), "the run does not wait:\n{}", running.stderr());
        let began = Instant::now();
        running.signal(Signal::TERM);
        let ran = running.wait().exits(143).outcomes("all", "").stdout_has("all").stdout_has("interrupted by SIGTERM");
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!(ran.status_of("all"), "interrupted");
    }
}

#[test]
fn a_signal_ends_a_check_that_waits_for_a_silent_pipe() {
    let scene = Scene::new();
    scene.backup_job(STDIN);
    let (silent, _writer) = std::io::pipe().expect("a pipe");
    let running = scene.prepare(&["check", "job.toml", "--connect"]).stdin(silent).spawn();
    std::thread::sleep(Duration::from_millis(400));
    running.signal(Signal::TERM);
    running.wait().exits(143);
}

#[test]
fn keys_that_came_before_a_pipe_stalls_are_written() {
    let scene = Scene::new();
    scene.backup_job(STDIN);
    let bytes = RdbFile::new().strings(3000).finished();
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(&bytes[..bytes.len() / 2]).expect("a pipe takes that much");
    let mut running = scene.prepare(&RUN).stdin(reader).spawn();
    running.until("all received keys are written", |scene| scene.destination.size() >= 1000);
    let began = Instant::now();
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let size = u64::try_from(scene.destination.size()).expect("a count");
    ran.outcomes("all", &format!("copied {size}"));
}

#[test]
fn a_run_waits_for_a_slow_pipe() {
    let scene = Scene::new();
    scene.backup_job(STDIN);
    let bytes = RdbFile::new().strings(300).finished();
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let running = scene.prepare(&RUN).stdin(reader).spawn();
    for piece in bytes.chunks(bytes.len() / 10) {
        std::thread::sleep(Duration::from_millis(30));
        writer.write_all(piece).expect("the program reads");
    }
    drop(writer);
    running.wait().exits(0).outcomes("all", "copied 300");
}

#[test]
fn standard_input_can_be_the_source_of_only_one_job() {
    let scene = Scene::new();
    scene.file(
        "jobs.toml",
        "[defaults]\nsource.rdb = \"-\"\ndestination = {DESTINATION}\n[[job]]\nname = \"one\"\n[[job]]\nname = \"two\"\n",
    );
    for arguments in [&["run", "jobs.toml"][..], &["check", "jobs.toml", "--connect"]] {
        let run = scene.prepare(arguments).stdin(piped(RdbFile::new().strings(3).finished()));
        run.run().exits(2).stderr_has("the backup `standard input` is read by job `one`, and can be read only once");
    }
    let one = scene.prepare(&["run", "jobs.toml", "--job", "two"]).stdin(piped(RdbFile::new().strings(3).finished()));
    one.run().exits(0);
    assert_eq!(scene.destination.size(), 3);
}

#[test]
fn standard_input_that_is_not_a_backup_ends_the_job_with_code_6_and_nothing_is_written() {
    let no_rdb = "this is no RDB file: it begins with neither `REDIS` nor `VALKEY` and a version";
    let cases: [(&[u8], &str); 5] = [
        (b"", "the file is empty (at byte 0)"),
        (b"R", no_rdb),
        (b"[[job]]\nname = \"all\"\n", no_rdb),
        (b"REDIS9999", "the file is of Redis' RDB version 9999, but must be of one of 1 to 15 (at byte 0)"),
        (b"\x1f\x8bnot packed at all", "reading fails: "),
    ];
    for (bytes, problem) in cases {
        let scene = Scene::new();
        scene.backup_job(STDIN);
        let error = format!("job `all` cannot be run: the backup `standard input` cannot be read: {problem}");
        let ran = fed(&scene, piped(bytes.to_vec())).exits(6).stderr_has(&error).outcomes("all", "");
        assert_eq!(ran.status_of("all"), "backup-failed");
        assert!(ran.job("all")["reason"].as_str().expect("a reason").contains(problem));
        assert_eq!(scene.destination.size(), 0);
    }
}

#[test]
fn an_empty_standard_input_is_an_empty_file() {
    let scene = Scene::new();
    scene.backup_job(STDIN);
    scene.run(&RUN).exits(6).stderr_has("the backup `standard input` cannot be read: the file is empty (at byte 0)");
}

#[test]
fn standard_input_can_replace_the_source_of_a_job_file() {
    let scene = Scene::new();
    scene.source.fill(7);
    scene.job("");
    let run = scene.prepare(&[&RUN[..], &["--set", "source.rdb=-"]].concat());
    let ran = run.stdin(piped(RdbFile::new().strings(3).finished())).run().exits(0).outcomes("all", "copied 3");
    assert_eq!(ran.job("all")["source"]["file"], "standard input");
    let run = scene.prepare(&RUN).env("RKM_SOURCE__RDB", "-").stdin(piped(RdbFile::new().strings(5).finished()));
    run.run().exits(0).outcomes("all", "copied 2, existing 3");
}

#[test]
fn a_dash_as_a_job_file_is_a_file_with_that_name() {
    let scene = Scene::new();
    let ran = scene.prepare(&["run", "-"]).stdin(piped(RdbFile::new().strings(3).finished())).run().exits(2);
    ran.stderr_has("error: -: cannot be read: No such file or directory");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_pipe_can_be_the_source_of_only_one_job_under_any_name() {
    let scene = Scene::new();
    let other = "[[job]]\nname = \"other\"\nsource.rdb = \"/dev/stdin\"\ndestination.host = \"127.0.0.1\"\n\
                 destination.port = {DESTINATION_PORT}";
    for first in ["source.rdb = \"-\"", "source.rdb = \"/dev/stdin\""] {
        scene.backup_job(&format!("{first}\n{other}"));
        let ran = fed(&scene, piped(RdbFile::new().strings(3).finished())).exits(2);
        ran.stderr_has("the backup `/dev/stdin` is read by job `all`, and can be read only once");
        assert_eq!(scene.destination.size(), 0);
    }
}
