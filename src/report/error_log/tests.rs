//! Tests of the listener with real files.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, OFlags};
use tempfile::TempDir;

use super::ErrorLogWriter;
use super::json_line::JsonLine;
use super::line::LogLine;
use crate::entry::Key;
use crate::error::{FailedKey, Stop};
use crate::event::{Event, Listener, Status};
use crate::job::{Job, LogMode};
use crate::outputs::{Patience, inspect};
use crate::report::samples;
use crate::source::listed::LoggedKey;

fn listener(jobs: &[Job], dry_run: bool) -> ErrorLogWriter {
    let outputs = inspect(jobs, &[], &[], dry_run)
        .unwrap()
        .open(jobs.iter().map(|job| job.name.as_str()), &Patience::default())
        .unwrap();
    ErrorLogWriter::new(outputs.logs)
}

fn start(listener: &mut ErrorLogWriter, job: &Job, dry_run: bool) -> Result<(), Stop> {
    let (source, facts) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
    listener.hear(&Event::JobStarted { job, source: &source, destination: &facts, dry_run })
}

fn fail(listener: &mut ErrorLogWriter, number: usize) -> Result<(), Stop> {
    listener.hear(&Event::KeyFailed(&samples::failed_key(format!("key:{number}").as_bytes(), "ERR no")))
}

fn end(listener: &mut ErrorLogWriter) -> Result<(), Stop> {
    listener.hear(&Event::JobEnded(&samples::job_summary("a", Status::Done)))
}

#[test]
fn every_failed_key_is_in_the_log_when_its_job_ends() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("errors.log");
    let jobs = ["a", "b"].map(|name| samples::job(name, &path, LogMode::Overwrite));
    let mut listener = listener(&jobs, false);
    for (job, count) in jobs.iter().zip([1000, 2]) {
        start(&mut listener, job, false).unwrap();
        (0..count).try_for_each(|number| fail(&mut listener, number)).unwrap();
        end(&mut listener).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let of_job = text.lines().filter(|line| line.contains(&format!(" job={} key=\"key:", job.name))).count();
        assert_eq!(of_job, count);
    }
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 1002);
    let last = text.lines().last().unwrap();
    assert!(last.ends_with(r#" job=b key="key:1" type=- side=destination server=cache:6379 said="ERR no""#), "{last}");
}

#[test]
fn each_lost_endpoint_and_nothing_else_adds_a_line_without_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("errors.log");
    let job = samples::job("a", &path, LogMode::Overwrite);
    let mut listener = listener(std::slice::from_ref(&job), false);
    for stops in
        [vec![Stop::ErrorLimit { failed: 1, limit: 1 }], vec![samples::lost(), samples::lost(), samples::damaged()]]
    {
        start(&mut listener, &job, false).unwrap();
        fail(&mut listener, 1).unwrap();
        listener.hear(&Event::JobEnded(&samples::job_summary("a", Status::Stopped(stops)))).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    let keys: Vec<_> = text.lines().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(keys, ["key=\"key:1\"", "key=\"key:1\"", "key=-", "key=-"]);
}

proptest! {
    #[test]
    fn the_keys_of_lines_are_read_again_whatever_the_bytes_and_the_message(
        key: Vec<u8>,
        renamed: Option<Vec<u8>>,
        db: Option<u16>,
        message: String,
        type_name: Option<String>,
        server: String,
    ) {
        let (key, renamed) = (Key::from(key), renamed.map(Key::from));
        let failed = FailedKey { db, renamed, type_name, server, ..samples::failed_key(key.as_bytes(), &message) };
        let now = std::time::SystemTime::now();
        let text = LogLine::of_key(now, "carts", &failed).to_string();
        let json = JsonLine::of_key(now, ("carts", Some(9)), &failed).to_string();
        for (line, db) in [(text, db), (json, Some(db.unwrap_or(9)))] {
            let read = LoggedKey::read(line.strip_suffix('\n').unwrap().as_bytes());
            prop_assert_eq!(read, Ok(LoggedKey { job: "carts".to_owned(), db, key: Some(key.clone()) }));
        }
    }
}

#[test]
fn a_job_that_was_not_started_has_no_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("errors.log");
    let job = samples::job("a", &path, LogMode::Overwrite);
    let mut listener = listener(std::slice::from_ref(&job), false);
    start(&mut listener, &job, false).unwrap();
    end(&mut listener).unwrap();
    let unstarted = samples::idle_summary("b", Status::Stopped(vec![samples::lost()]));
    listener.hear(&Event::JobEnded(&unstarted)).unwrap();
    assert!(!path.exists());
}

#[test]
fn a_log_that_cannot_be_written_stops_the_job() {
    let jobs = ["a", "b"].map(|name| samples::job(name, Path::new("/dev/full"), LogMode::Append));
    let mut listener = listener(&jobs, false);
    start(&mut listener, &jobs[0], false).unwrap();
    let stop = fail(&mut listener, 0).unwrap_err();
    assert_eq!(stop.to_string(), "cannot write /dev/full: No space left on device (os error 28)");
    fail(&mut listener, 1).unwrap_err();
    start(&mut listener, &jobs[1], false).unwrap_err();
}

/// A FIFO and its reader, which is opened before the writer.
fn fifo(dir: &TempDir) -> (PathBuf, File) {
    let path = dir.path().join("fifo");
    rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let reader = File::options().read(true).custom_flags(flags).open(&path).unwrap();
    rustix::fs::fcntl_setfl(&reader, OFlags::empty()).unwrap();
    (path, reader)
}

#[test]
fn a_slow_reader_receives_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let (path, mut reader) = fifo(&dir);
    let job = samples::job("a", &path, LogMode::Append);
    let mut listener = listener(std::slice::from_ref(&job), false);
    let reader = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text.lines().count()
    });
    start(&mut listener, &job, false).unwrap();
    // More than the buffer of the pipe holds.
    (0..2000).try_for_each(|number| fail(&mut listener, number)).unwrap();
    end(&mut listener).unwrap();
    drop(listener);
    assert_eq!(reader.join().unwrap(), 2000);
}

#[test]
fn the_job_stops_if_the_reader_closes_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let (path, reader) = fifo(&dir);
    let job = samples::job("a", &path, LogMode::Append);
    let mut listener = listener(std::slice::from_ref(&job), false);
    drop(reader);
    start(&mut listener, &job, false).unwrap();
    let stop = fail(&mut listener, 0).unwrap_err();
    assert!(stop.to_string().contains("Broken pipe"), "{stop}");
}

#[test]
fn a_dry_run_writes_no_error_log() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("errors.log");
    let job = samples::job("a", &path, LogMode::Overwrite);
    let mut listener = listener(std::slice::from_ref(&job), true);
    start(&mut listener, &job, true).unwrap();
    fail(&mut listener, 7).unwrap();
    end(&mut listener).unwrap();
    assert!(!path.exists());
}

#[test]
fn a_job_whose_log_was_not_opened_is_not_run_without_one() {
    let dir = tempfile::tempdir().unwrap();
    let job = samples::job("a", &dir.path().join("errors.log"), LogMode::Overwrite);
    let outputs = inspect(std::slice::from_ref(&job), &[], &[], false).unwrap().open([], &Patience::default()).unwrap();
    let stop = start(&mut ErrorLogWriter::new(outputs.logs), &job, false).unwrap_err();
    assert_eq!(stop.to_string(), "internal error: the error log of job `a` was not opened");
}
