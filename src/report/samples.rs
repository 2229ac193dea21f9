//! Keys, facts and summaries for the tests of this module.

mod verified;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) use self::verified::{
    compared_job, differing, every_verification, of_sample, verification, verified_job, verify_run,
};
use crate::entry::Key;
use crate::error::WaitCause;
use crate::error::{
    BackupError, BackupProblem, EndpointError, EndpointProblem, FailedKey, FailureCode, Failures, Side, Signal, Stop,
};
use crate::event::{
    Difference, Evicted, JobSummary, Obstacle, Restart, RunSummary, Status, TooFewKeys, WaitTotal, Warning,
};
pub(super) use crate::job::samples::job;
use crate::job::{Backup, BackupPath, Databases, Job, LogMode, Source, TargetDatabases};
use crate::outcome::{ByType, DifferenceKind, LibraryTally, PayloadTally, Sizes, Tally, TypeTally, WalkTally};
use crate::rdb::FileHeader;
use crate::report::logging::{self, LogFormat, LogSettings};
use crate::server::ServerFacts;
use crate::source::SourceFacts;
use crate::source::backup::BackupFacts;
use crate::version::Flavour;

/// A key with the same name and database at both sides. Nothing else is known.
pub(super) fn difference(kind: DifferenceKind, key: &[u8]) -> Difference {
    let key = (0, Key::from(key.to_vec()));
    Difference {
        kind,
        source_key: key.clone(),
        destination_key: key,
        source: None,
        destination: None,
        node: None,
        repair_error: None,
    }
}

pub(super) fn facts(address: &str) -> ServerFacts {
    let info = "redis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:4f3a\r\nrole:master\r\n";
    ServerFacts::parse(address.to_owned(), info).expect("it has a version")
}

pub(super) fn source(address: &str) -> SourceFacts {
    SourceFacts::Server(facts(address))
}

/// A job whose keys come from a file.
pub(super) fn backup_job(name: &str, db: Databases) -> Job {
    let files = vec![BackupPath::File("dump.rdb".into())];
    let mut job = job(name, Path::new("errors.log"), LogMode::Overwrite);
    job.destination.db = if db.only().is_some() { TargetDatabases::One(0) } else { TargetDatabases::Same };
    Job { source: Source::Backup(Backup { files, db }), functions: true, ..job }
}

pub(super) fn backup_facts() -> BackupFacts {
    BackupFacts {
        name: "dump.rdb".to_owned(),
        size: Some(4711),
        header: FileHeader { flavour: Flavour::Redis, version: 12 },
        flavour: Flavour::Redis,
        version: "8.2.3".parse().ok(),
        created: Some(started()),
        dialect: None,
        begins_aof: false,
    }
}

pub(super) fn obstacle() -> Obstacle {
    Obstacle::Refused("refused".to_owned())
}

/// The summary of a job that restored all databases of a file.
pub(super) fn backup_summary(name: &str, status: Status) -> JobSummary {
    JobSummary {
        job: backup_job(name, Databases::All),
        source: Some(SourceFacts::Backup(backup_facts())),
        libraries: LibraryTally { found: 2, restored: 1, existing: 1, failed: 0 },
        ..job_summary(name, status)
    }
}

pub(super) fn failed_key(key: &[u8], message: &str) -> FailedKey {
    FailedKey {
        db: None,
        key: Key::from(key.to_vec()),
        renamed: None,
        type_name: None,
        side: Side::Destination,
        server: "cache:6379".to_owned(),
        code: FailureCode::Refused,
        message: message.to_owned(),
    }
}

/// The reasons why two keys failed.
fn failures() -> Failures {
    let mut failures = Failures::default();
    failures.add(&failed_key(b"cart:\xff", "ERR Bad data format"));
    failures.add(&FailedKey { side: Side::Source, ..failed_key(b"cart:7", "ERR no 7") });
    failures
}

pub(super) fn lost() -> Stop {
    let problem = EndpointProblem::ConnectionLost("broken pipe".to_owned());
    Stop::Endpoint(EndpointError { side: Side::Destination, server: "cache:6379".to_owned(), problem })
}

pub(super) fn damaged() -> Stop {
    let why = "the file ends early, in the middle of a value (at byte 4711)".to_owned();
    Stop::Backup(BackupError { name: "dump.rdb".to_owned(), problem: BackupProblem::Unread(why) })
}

pub(super) fn changed(side: Side) -> Stop {
    Stop::Changed { side, server: "cache:6379".to_owned(), evidence: "`FLUSHALL` was called".to_owned() }
}

fn started() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_769_860_800_250)
}

/// A job that ended with this status, after 2.5 s.
pub(super) fn job_summary(name: &str, status: Status) -> JobSummary {
    let tally = Tally { matched: 1209, copied: 1000, replaced: 5, existing: 200, vanished: 2, failed: 2 };
    let strings = TypeTally { keys: 1000, expiring: 40, bytes: Some(1 << 20), memory_bytes: None };
    let hashes = TypeTally { keys: 5, expiring: 0, bytes: Some(1 << 19), memory_bytes: None };
    JobSummary {
        job: job(name, Path::new("errors.log"), LogMode::Overwrite),
        source: Some(source("10.0.0.5:6379")),
        destination: Some(facts("cache:6379")),
        status,
        tally,
        walk: WalkTally { scanned: 1210, filtered: 1 },
        payloads: PayloadTally { passed: 2, restamped: 0, translated: 0 },
        libraries: LibraryTally::default(),
        files: Vec::new(),
        failures: failures(),
        waits: Vec::new(),
        evicted: Evicted { source: Some(0), destination: Some(3) },
        verification: None,
        restarts: Vec::new(),
        by_type: ByType::from([("string".to_owned(), strings), ("hash".to_owned(), hashes)]),
        sizes: Sizes { payload: Some((1 << 20) + (1 << 19)), memory: None },
        started: Some(started()),
        duration: Duration::from_millis(2500),
    }
}

/// A job that waited for its destination, and then walked again because the destination had been replaced.
pub(super) fn restarted_summary(name: &str) -> JobSummary {
    let wait = |cause, count, duration, longest| WaitTotal {
        side: Side::Destination,
        cause,
        count,
        duration: Duration::from_millis(duration),
        longest: Duration::from_millis(longest),
    };
    JobSummary {
        waits: vec![wait(WaitCause::Disconnected, 3, 4200, 3900), wait(WaitCause::Loading, 1, 750, 750)],
        restarts: vec![restart()],
        ..job_summary(name, Status::Done)
    }
}

pub(super) fn restart() -> Restart {
    let problem = EndpointProblem::Refused("it is another process".to_owned());
    let reason = EndpointError { side: Side::Destination, server: "cache:6379".to_owned(), problem };
    Restart { reason, tally: Tally { matched: 1300, copied: 1234, existing: 66, ..Tally::default() } }
}

/// A job that did not start.
pub(super) fn idle_summary(name: &str, status: Status) -> JobSummary {
    JobSummary {
        source: None,
        destination: None,
        tally: Tally::default(),
        failures: Failures::default(),
        walk: WalkTally::default(),
        by_type: ByType::new(),
        payloads: PayloadTally::default(),
        sizes: Sizes::default(),
        started: None,
        duration: Duration::ZERO,
        ..job_summary(name, status)
    }
}

pub(super) fn run_summary(dry_run: bool, jobs: Vec<JobSummary>) -> RunSummary {
    let warnings = vec![
        Warning { job: None, message: "the run as a whole".to_owned() },
        Warning { job: Some("done".to_owned()), message: "one job".to_owned() },
    ];
    RunSummary { started: started(), duration: Duration::from_secs(5), dry_run, verify: false, jobs, warnings }
}

/// A run with a job of every status.
pub(super) fn every_status() -> RunSummary {
    let output = Stop::Output { path: "errors.log".into(), message: "no space left".to_owned() };
    let unkept = Stop::Checkpoint { path: "signal.checkpoint".into(), message: "no space left".to_owned() };
    let jobs = vec![
        job_summary("done", Status::Done),
        job_summary("few", Status::TooFew(TooFewKeys { matched: 1209, min_keys: 5000 })),
        job_summary("signal", Status::Stopped(vec![Stop::Interrupted(Signal::Interrupt), lost()])),
        job_summary("limit", Status::Stopped(vec![Stop::ErrorLimit { failed: 2, limit: 2 }])),
        job_summary("lost", Status::Stopped(vec![lost()])),
        job_summary("full", Status::Stopped(vec![output])),
        backup_summary("damaged", Status::Stopped(vec![damaged()])),
        job_summary("replaced", Status::Stopped(vec![changed(Side::Source)])),
        job_summary("flushed", Status::Stopped(vec![changed(Side::Destination)])),
        job_summary("fault", Status::Stopped(vec![Stop::Internal("lost count".to_owned())])),
        idle_summary("refused", Status::Refused(lost())),
        idle_summary("off", Status::NotRun(Obstacle::Disabled)),
        idle_summary("idle", Status::NotRun(obstacle())),
        job_summary("long", Status::Stopped(vec![Stop::TimeLimit(Duration::from_mins(90))])),
        job_summary("unkept", Status::Stopped(vec![unkept])),
    ];
    run_summary(false, jobs)
}

/// The log lines of `act`, as text and at every level.
pub(super) fn logged(act: impl FnOnce()) -> String {
    logged_as(&LogSettings { level: tracing::Level::TRACE, format: LogFormat::Text, colour: false }, act)
}

pub(super) fn logged_as(settings: &LogSettings, act: impl FnOnce()) -> String {
    let lines = Lines::default();
    tracing::subscriber::with_default(logging::subscriber(settings, lines.clone()), act);
    let bytes = lines.0.lock().expect("no thread has panicked").clone();
    String::from_utf8(bytes).expect("logs are text")
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no thread has panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
