//! Tests of the listener with real files.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::DifferencesWriter;
use super::line::DifferenceLine;
use crate::entry::Key;
use crate::error::Stop;
use crate::event::{Difference, Event, Listener, Status};
use crate::job::{Job, LogMode, Verify, VerifyMode};
use crate::outcome::DifferenceKind;
use crate::outputs::{Patience, inspect};
use crate::report::samples;

fn job(name: &str, differences: &Path) -> Job {
    let verify = Verify { mode: VerifyMode::Full, log: differences.to_owned(), ..Verify::off() };
    Job { verify, ..samples::job(name, Path::new("/dev/null"), LogMode::Append) }
}

fn listener(jobs: &[Job]) -> DifferencesWriter {
    let outputs = inspect(jobs, &[], &[], false)
        .unwrap()
        .open(jobs.iter().map(|job| job.name.as_str()), &Patience::default())
        .unwrap();
    DifferencesWriter::new(outputs.differences)
}

fn start(listener: &mut DifferencesWriter, job: &Job) {
    let (source, facts) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
    listener.hear(&Event::JobStarted { job, source: &source, destination: &facts, dry_run: false }).unwrap();
}

fn differ(listener: &mut DifferencesWriter, key: &str) -> Result<(), Stop> {
    listener.hear(&Event::Differs(&samples::difference(DifferenceKind::Value, key.as_bytes())))
}

fn end(listener: &mut DifferencesWriter, name: &str) {
    listener.hear(&Event::JobEnded(&samples::job_summary(name, Status::Done))).unwrap();
}

/// The job, the kind and the key of each line.
fn lines(path: &Path) -> Vec<[Value; 3]> {
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        ["job", "kind", "key"].map(|name| line[name].clone())
    };
    fs::read_to_string(path).unwrap().lines().map(read).collect()
}

#[test]
fn each_difference_is_one_line_with_its_job_in_the_file_of_the_job() {
    let dir = tempfile::tempdir().unwrap();
    let (shared, own) = (dir.path().join("shared.jsonl"), dir.path().join("own.jsonl"));
    let jobs = [job("a", &shared), job("b", &shared), job("c", &own)];
    let mut listener = listener(&jobs);
    for (job, keys) in jobs.iter().zip([&["1", "2"][..], &["3"], &["4"]]) {
        start(&mut listener, job);
        listener.hear(&Event::VerifyStarted(job)).unwrap();
        keys.iter().try_for_each(|key| differ(&mut listener, key)).unwrap();
        end(&mut listener, &job.name);
    }
    let line = |job: &str, key: &str| [json!(job), json!("value"), json!(key)];
    assert_eq!(lines(&shared), [line("a", "1"), line("a", "2"), line("b", "3")]);
    assert_eq!(lines(&own), [line("c", "4")]);
}

#[test]
fn a_difference_belongs_to_the_job_that_was_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("d.jsonl");
    let jobs = [job("a", &path), job("b", &path)];
    let off = samples::job("off", Path::new("/dev/null"), LogMode::Append);
    let mut listener = listener(&jobs);
    jobs.iter().try_for_each(|job| listener.hear(&Event::VerifyStarted(job))).unwrap();
    for (job, key) in [(&jobs[0], "1"), (&jobs[1], "2"), (&off, "of none"), (&jobs[0], "3")] {
        listener.hear(&Event::JobResumed(job)).unwrap();
        differ(&mut listener, key).unwrap();
    }
    let line = |job: &str, key: &str| [json!(job), json!("value"), json!(key)];
    assert_eq!(lines(&path), [line("a", "1"), line("b", "2"), line("a", "3")]);
}

#[test]
fn a_verification_without_differences_creates_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("d.jsonl");
    let job = job("a", &path);
    let mut listener = listener(std::slice::from_ref(&job));
    start(&mut listener, &job);
    listener.hear(&Event::VerifyStarted(&job)).unwrap();
    end(&mut listener, "a");
    assert!(!path.exists());
}

#[test]
fn a_file_that_cannot_be_written_stops_the_job() {
    let jobs = ["a", "b"].map(|name| job(name, Path::new("/dev/full")));
    let mut listener = listener(&jobs);
    listener.hear(&Event::VerifyStarted(&jobs[0])).unwrap();
    let stop = differ(&mut listener, "1").unwrap_err();
    assert_eq!(stop.to_string(), "cannot write /dev/full: No space left on device (os error 28)");
    let stop = listener.hear(&Event::VerifyStarted(&jobs[1])).unwrap_err();
    assert_eq!(stop.to_string(), "cannot write /dev/full: No space left on device (os error 28)");
}

#[test]
fn a_job_whose_file_was_not_opened_is_not_verified_without_one() {
    let job = samples::job("a", Path::new("/dev/null"), LogMode::Append);
    let stop = listener(&[]).hear(&Event::VerifyStarted(&job)).unwrap_err();
    assert_eq!(stop.to_string(), "internal error: the differences file of job `a` was not opened");
}

proptest! {
    #[test]
    fn the_keys_of_lines_are_read_again_whatever_their_bytes(key: Vec<u8>, renamed: Vec<u8>, value: String) {
        let difference = Difference {
            destination_key: (9, Key::from(renamed.clone())),
            node: Some(value),
            ..samples::difference(DifferenceKind::Extra, &key)
        };
        let line = DifferenceLine::new(std::time::SystemTime::now(), "carts", &difference).to_string();
        let read: Value = serde_json::from_str(line.strip_suffix('\n').unwrap()).unwrap();
        prop_assert_eq!(line.matches('\n').count(), 1);
        for (name, expected) in [("key_quoted", key), ("destination_key_quoted", renamed)] {
            let quoted = read[name].as_str().unwrap().as_bytes();
            prop_assert_eq!(Key::unquoted(quoted), Ok((Key::from(expected), &b""[..])));
        }
    }
}
