//! What follows the end of a file: nothing of it is moved, and only padding, an end mark and an AOF are accepted.

use std::io::Write;
use std::process::Stdio;
use std::thread;

use crate::support::{Ran, RdbFile, Scene, packed, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
/// The mark with which a diskless replication ends.
const MARK: &[u8] = b"0123456789abcdef0123456789abcdef01234567";
const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";
const AOF: &str = "is the beginning of an AOF: the commands after it, or in other files, are not read\n";

/// A file of five keys, and what follows it.
fn followed_by(after: &[u8]) -> Vec<u8> {
    [&RdbFile::new().strings(5).finished()[..], after].concat()
}

/// Runs a file as a file, packed, and through a pipe, each time with an empty destination.
fn each_way(bytes: &[u8], assert: impl Fn(&Scene, Ran)) {
    let scene = Scene::new();
    for (bytes, lines) in [
        (bytes.to_vec(), ""),
        (bytes.to_vec(), "sleep = \"1ms\""),
        (packed(bytes), ""),
        (bytes.to_vec(), "source.rdb = \"-\""),
        (packed(bytes), "source.rdb = \"-\""),
    ] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.backup(&bytes).backup_job(lines);
        let file = std::fs::File::open(scene.folder().join("backup.rdb")).expect("the test wrote this file");
        assert(&scene, scene.prepare(&RUN).stdin(file).run());
        assert_eq!(scene.destination.size(), 5);
    }
}

#[test]
fn padding_and_an_end_mark_after_a_file_are_no_problem() {
    for after in [&b"\n"[..], b"\r\n", &[0; 4096], MARK, &[MARK, b"\n"].concat(), &vec![0; 600_000]] {
        each_way(&followed_by(after), |_, ran| drop(ran.exits(0).outcomes("all", "copied 5").stderr_lacks("warn")));
    }
}

#[test]
fn the_commands_of_an_aof_after_a_file_cause_a_warning() {
    for after in [PING, &[b"#TS:1700000000\r\n", PING].concat(), &[MARK, PING].concat(), &PING.repeat(100_000)] {
        each_way(&followed_by(after), |scene, ran| {
            let ran = ran.exits(0).outcomes("all", "copied 5");
            assert_eq!(ran.stderr.matches(AOF).count(), 1, "{}", ran.stderr);
            let file = std::fs::File::open(scene.folder().join("backup.rdb")).expect("the test wrote this file");
            let checked = scene.prepare(&["check", "job.toml", "--connect"]).stdin(file).run().exits(0);
            assert_eq!(checked.stdout.matches(AOF).count(), 1, "{}", checked.stdout);
        });
    }
}

#[test]
fn anything_else_after_a_file_ends_the_job_with_its_offset_when_the_keys_have_moved() {
    let end = followed_by(b"").len();
    let another = RdbFile::of("VALKEY080").string("other", "v").finished();
    let no_job = "another RDB file begins after the end of the first, and is not read: give each file a job of its own";
    let bytes = "bytes that do not belong to an RDB file follow its end";
    let cases: [(Vec<u8>, &str, usize); 6] = [
        (followed_by(b""), no_job, 0),
        (another.clone(), no_job, 0),
        ([&b"\0\0\n"[..], &another].concat(), no_job, 3),
        ([MARK, &another].concat(), no_job, 40),
        (b"?".to_vec(), bytes, 0),
        (MARK[1..].to_vec(), bytes, 0),
    ];
    for (after, why, distance) in cases {
        each_way(&followed_by(&after), |scene, ran| {
            let why = format!("cannot be read: {why} (at byte {})", end + distance);
            let ran = ran.exits(6).stderr_has(&why).outcomes("all", "copied 5");
            assert_eq!(ran.status_of("all"), "backup-failed");
            let file = std::fs::File::open(scene.folder().join("backup.rdb")).expect("the test wrote this file");
            let checked =
                scene.prepare(&["check", "job.toml", "--connect"]).stdin(file).run().exits(2).stderr_has(&why);
            assert_eq!(checked.stdout, "");
        });
    }
}

/// Runs bytes as they are, to an empty destination.
fn run_file(scene: &Scene, bytes: &[u8]) -> Ran {
    scene.destination.run(words!["FLUSHALL"]);
    scene.backup(bytes);
    scene.run_backup("")
}

#[test]
fn several_members_of_gzip_are_one_file() {
    let scene = Scene::new();
    let file = followed_by(b"");
    let (first, second) = file.split_at(file.len() / 2);
    for between in [&b""[..], b"\0\0\0", b"\n"] {
        let bytes = [&packed(first)[..], between, &packed(second), between].concat();
        run_file(&scene, &bytes).exits(0).outcomes("all", "copied 5").stderr_lacks("warn");
    }
    let two = [packed(&file), packed(&file)].concat();
    run_file(&scene, &two).exits(6).stderr_has("another RDB file begins").outcomes("all", "copied 5");
}

#[test]
fn the_checksum_and_the_size_of_gzip_are_checked_even_if_the_file_has_no_checksum() {
    let scene = Scene::new();
    let file = RdbFile::new().strings(5).raw([0xff]).raw([0; 8]).unfinished();
    let sound = packed(&file);
    run_file(&scene, &sound).exits(0).outcomes("all", "copied 5");
    for at in 1..=8 {
        let mut bytes = sound.clone();
        let at = bytes.len() - at;
        bytes[at] ^= 1;
        let ran = run_file(&scene, &bytes)
            .exits(6)
            .stderr_has("reading fails: corrupt gzip stream does not have a matching checksum");
        ran.outcomes("all", "copied 5");
    }
    for missing in 1..=8 {
        run_file(&scene, &sound[..sound.len() - missing])
            .exits(6)
            .stderr_has("reading fails: ")
            .outcomes("all", "copied 5");
    }
    let bytes = [&sound[..], b"more"].concat();
    run_file(&scene, &bytes)
        .exits(6)
        .stderr_has("what follows the packed data is not gzip")
        .outcomes("all", "copied 5");
}

/// Larger than the buffer of a pipe, so that the writer notices if it is not read.
#[test]
fn the_writer_of_a_pipe_can_write_to_its_end() {
    for bytes in [followed_by(&PING.repeat(100_000)), followed_by(&vec![0; 1 << 20])] {
        let scene = Scene::new();
        scene.backup_job("source.rdb = \"-\"");
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let writing = thread::spawn(move || writer.write_all(&bytes));
        scene.prepare(&RUN).stdin(reader).run().exits(0).outcomes("all", "copied 5");
        writing.join().expect("no panic").expect("the program read all of it");
    }
}

/// The writer does not close its pipe, so the run would wait for ever.
#[test]
fn a_writer_that_keeps_its_pipe_open_does_not_hold_the_run() {
    for bytes in [followed_by(b""), packed(&followed_by(b"")), followed_by(b"\n")] {
        let scene = Scene::new();
        scene.backup_job("source.rdb = \"-\"");
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(&bytes).expect("a pipe takes that much");
        let ran = scene.prepare(&RUN).stdin(reader).run().exits(0).outcomes("all", "copied 5");
        ran.stderr_has("the pipe was still open after the end of the file: what is written to it later is not read\n");
        drop(writer);
    }
}

#[test]
fn a_second_file_that_arrives_later_through_the_same_pipe_is_noticed() {
    let scene = Scene::new();
    scene.backup_job("source.rdb = \"-\"");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let mut running = scene.prepare(&RUN).stdin(Stdio::from(reader)).spawn();
    writer.write_all(&followed_by(b"")).expect("a pipe takes that much");
    running.until("the keys of the first file are written", |scene| scene.destination.size() == 5);
    writer.write_all(&followed_by(b"")).expect("the program still reads");
    drop(writer);
    running.wait().exits(6).stderr_has("another RDB file begins").outcomes("all", "copied 5");
}
