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
    pub started: SystemTime,
    pub duration: Duration,
    /// Whether nothing was written: then the outcomes are what a run would do.
    pub dry_run: bool,
    /// One for every job of the run, in order.
    pub jobs: Vec<JobSummary>,
    /// In the order in which they were emitted.
    pub warnings: Vec<Warning>,
}

/// The results of one job.
#[derive(Debug)]
pub struct JobSummary {
    pub job: Job,
    /// `None` if the source was not reached.
    pub source: Option<SourceFacts>,
    /// `None` if the destination was not reached.
    pub destination: Option<ServerFacts>,
    pub status: Status,
    pub tally: Tally,
    pub walk: WalkTally,
    /// What was written, by type.
    pub by_type: ByType,
    /// Payload bytes written; in a dry run an estimate.
    pub bytes: u64,
    pub payloads: PayloadTally,
    pub libraries: LibraryTally,
    /// `None` if it was not run.
    pub started: Option<SystemTime>,
    pub duration: Duration,
}

/// How a job ended.
#[derive(Debug)]
pub enum Status {
    /// Its source was walked to the end. Keys may have failed.
    Done,
    /// It ended early: every reason, the strongest first, at least one.
    Stopped(Vec<Stop>),
    /// Pre-flight refused it; no key was read.
    Refused(Stop),
    /// An earlier job stopped, or pre-flight refused another job.
    NotRun,
}
