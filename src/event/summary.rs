//! The results of a run.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::error::{EndpointError, Failures, Side, Signal, Stop, WaitCause};
use crate::event::{Verification, Warning};
use crate::job::Job;
use crate::outcome::{ByType, FileTally, LibraryTally, PayloadTally, Sizes, Tally, WalkTally};
use crate::server::{ServerFacts, Wait};
use crate::source::SourceFacts;

/// The results of a run.
#[derive(Debug)]
pub struct RunSummary {
    pub started: SystemTime,
    pub duration: Duration,
    /// Whether nothing was written: then the outcomes are what a run would do.
    pub dry_run: bool,
    /// Whether source and destination were only compared: then the outcomes of every job are zero, and each job that was run
    /// has a [`Verification`].
    pub verify: bool,
    /// One for every job of the run, in order.
    pub jobs: Vec<JobSummary>,
    /// In the order in which they were emitted.
    pub warnings: Vec<Warning>,
}

impl RunSummary {
    /// The sum over all jobs.
    pub fn tally(&self) -> Tally {
        self.jobs.iter().fold(Tally::default(), |sum, job| sum + job.tally)
    }

    /// The verifications of the jobs that have one.
    pub fn verifications(&self) -> impl Iterator<Item = &Verification> {
        self.jobs.iter().filter_map(|job| job.verification.as_ref())
    }
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
    /// Of the keys copied and replaced.
    pub sizes: Sizes,
    pub payloads: PayloadTally,
    pub libraries: LibraryTally,
    /// What was read of each file; empty if the source is a server.
    pub files: Vec<FileTally>,
    /// Why keys failed.
    pub failures: Failures,
    /// The waits for source and destination, one for each cause; in the order of sides and causes.
    pub waits: Vec<WaitTotal>,
    pub evicted: Evicted,
    /// What verification found; `None` if the job was not verified.
    pub verification: Option<Verification>,
    /// The earlier walks, which ended because a server was replaced by another process. The outcomes are those of the
    /// last walk.
    pub restarts: Vec<Restart>,
    /// `None` if it was not run.
    pub started: Option<SystemTime>,
    pub duration: Duration,
}

/// The keys that the servers of a job have evicted while it ran, because of its load or other clients'; `None` if that is
/// unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    pub source: Option<u64>,
    pub destination: Option<u64>,
}

/// The waits of a job for one endpoint and one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitTotal {
    pub side: Side,
    pub cause: WaitCause,
    pub count: u64,
    /// The sum of all waits.
    pub duration: Duration,
    pub longest: Duration,
}

impl WaitTotal {
    /// No wait, for the endpoint and the cause of this one.
    pub fn none(wait: &Wait) -> Self {
        let Wait { side, cause, .. } = *wait;
        Self { side, cause, count: 0, duration: Duration::ZERO, longest: Duration::ZERO }
    }

    pub fn add(&mut self, duration: Duration) {
        self.count += 1;
        self.duration += duration;
        self.longest = self.longest.max(duration);
    }

    /// Adds the waits of another walk.
    pub fn add_all(&mut self, other: &Self) {
        self.count += other.count;
        self.duration += other.duration;
        self.longest = self.longest.max(other.longest);
    }
}

/// A walk that ended because a server was replaced by another process.
#[derive(Clone, Debug)]
pub struct Restart {
    /// Which server, and why the job cannot go on from where it was.
    pub reason: EndpointError,
    /// The outcomes of that walk.
    pub tally: Tally,
}

/// The number of keys that matched, if it is below the job's `min_keys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFewKeys {
    pub matched: u64,
    pub min_keys: u64,
}

/// The reason in summaries and logs.
impl fmt::Display for TooFewKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { matched, min_keys } = self;
        let keys = if *matched == 1 { "key" } else { "keys" };
        write!(f, "{matched} {keys} matched, but `min_keys` is {min_keys}")
    }
}

/// How a job ended.
#[derive(Debug)]
pub enum Status {
    /// Its source was walked to the end. Keys may have failed.
    Done,
    /// Its source was walked to the end, but fewer keys matched than `min_keys`. Keys may have failed.
    TooFew(TooFewKeys),
    /// It ended early: every reason, the strongest first, at least one.
    Stopped(Vec<Stop>),
    /// Pre-flight refused it; no key was read.
    Refused(Stop),
    /// It did not start, or it shared a walk with an earlier job that ended early.
    NotRun(Obstacle),
}

/// Why a job was not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The job is disabled.
    Disabled,
    /// A signal arrived before.
    Interrupted(Signal),
    /// The run had taken as long as it may.
    TimeLimit(Duration),
    /// Pre-flight refused another job, which has this name.
    Refused(String),
    /// An earlier job with this name ended early.
    EndedEarly(String),
    /// An output could not be written at the start of the run.
    Output,
}

/// The reason in summaries.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("`enabled` is false"),
            Self::Interrupted(signal) => write!(f, "{signal} interrupted the run before"),
            Self::TimeLimit(limit) => {
                write!(f, "`--max-duration` ({}) ended the run before", humantime::format_duration(*limit))
            }
            Self::Refused(job) => write!(f, "job `{job}` was refused"),
            Self::EndedEarly(job) => write!(f, "job `{job}` ended early"),
            Self::Output => f.write_str("an output could not be written"),
        }
    }
}
