//! The results of a run.

use std::time::{Duration, SystemTime};

use crate::error::Stop;
use crate::event::Warning;
use crate::job::Job;
use crate::outcome::{ByType, LibraryTally, PayloadTally, Tally, WalkTally};
use crate::server::ServerFacts;
use crate::source::SourceFacts;

/// The results of a run.
#[derive(Debug)]
pub struct RunSummary {
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// Nothing was written; outcomes are what a run would do.
    pub dry_run: bool,
    /// One for every job of the run, in order.
    pub jobs: Vec<JobSummary>,
    /// What the user was warned of, in order.
    pub warnings: Vec<Warning>,
}

/// The results of one job.
#[derive(Debug)]
pub struct JobSummary {
    /// The job as it was run.
    pub job: Job,
    /// What was found at its source, if it was reached.
    pub source: Option<SourceFacts>,
    /// What was found at its destination, if it was reached.
    pub destination: Option<ServerFacts>,
    /// How it ended.
    pub status: Status,
    /// Its outcomes.
    pub tally: Tally,
    /// What its source returned.
    pub walk: WalkTally,
    /// What was written, by type.
    pub by_type: ByType,
    /// Payload bytes written; in a dry run an estimate.
    pub bytes: u64,
    /// What was done to the payloads that were written.
    pub payloads: PayloadTally,
    /// What became of function libraries.
    pub libraries: LibraryTally,
    /// When it began; `None` if it was not run.
    pub started: Option<SystemTime>,
    /// How long it took.
    pub duration: Duration,
}

/// How a job ended.
#[derive(Debug)]
pub enum Status {
    /// Its source was walked to the end. Keys may have failed.
    Done,
    /// It ended early: every reason, the strongest first, at least one.
    Stopped(Vec<Stop>),
    /// It was refused at pre-flight; no key was looked at.
    Refused(Stop),
    /// An earlier job's end, or another job's refusal, kept it from being run.
    NotRun,
}
