//! The events of a run, and who receives them.

use std::time::Duration;

use super::{
    Call, Detail, Difference, EndedLane, JobSummary, Progress, Restart, RunSummary, SettledKey, Settlement, WalkStart,
    Warning,
};
use crate::error::{FailedKey, Failures, Stop};
use crate::job::Job;
use crate::server::{ServerFacts, Wait};
use crate::source::SourceFacts;

/// An event of a run. Every listener receives each event, in order: `RunStarted` first, `RunEnded` last, and the events
/// of one job between its `JobStarted` and its `JobEnded`. Jobs that share a walk start together, and their events alternate:
/// `JobStarted` and `JobResumed` announce which job the next events are about. Warnings and refusals of the pre-flight come before
/// `RunStarted`.
#[derive(Debug)]
pub enum Event<'a> {
    /// Pre-flight is done; the first job is about to connect.
    RunStarted {
        dry_run: bool,
        /// Whether source and destination are only compared, and no key is moved.
        verify: bool,
        /// Every job of the run, in order.
        jobs: &'a [&'a Job],
        /// The warnings so far.
        warnings: &'a [Warning],
    },
    Warned(&'a Warning),
    /// Pre-flight found that a job cannot be run. It comes before `RunStarted`, and `check --connect` emits it, too.
    JobRefused {
        job: &'a Job,
        /// Why it cannot be run.
        reason: &'a Stop,
    },
    /// Source and destination are connected; the first key is about to be read.
    JobStarted {
        job: &'a Job,
        source: &'a SourceFacts,
        destination: &'a ServerFacts,
        dry_run: bool,
    },
    /// The job continues where an earlier run was, or that run has finished it. So many keys have an outcome.
    Continued {
        job: &'a Job,
        keys: u64,
        is_finished: bool,
    },
    /// The next events are about this job again, which shares its walk with others.
    JobResumed(&'a Job),
    /// Emitted many times a second.
    Progress(&'a Progress, &'a Failures),
    /// Emitted after `Progress` if a watermark has moved.
    Watermarks(&'a Settlement<'a>),
    KeyFailed(&'a FailedKey),
    /// The job is verified from now on: the next events are about keys that are compared, until it ends. `tally` of their
    /// [`Progress`] counts these.
    VerifyStarted(&'a Job),
    /// A key differs, also after it was looked at again.
    Differs(&'a Difference),
    /// A function library could not be restored; the error message of the destination.
    LibraryFailed(&'a str),
    /// The job's `sleep` slows it down; emitted once a job.
    HeldBack {
        sleep: Duration,
        /// The estimated time until the job ends, if it is known.
        time_left: Option<Duration>,
    },
    /// The job takes long, and has no checkpoint; emitted once a job. It is no [`Event::Warned`], because it depends on the
    /// speed of the day: `--deny-warnings` does not count it.
    NoCheckpoint {
        /// How long the whole job is expected to take.
        expected: Duration,
    },
    /// The source is about to be walked. It is emitted again if a job is walked again.
    WalkStarted(&'a WalkStart),
    /// How the source is walked: the lanes of each database, and the databases in order.
    Planned {
        lanes: u32,
        databases: &'a [u16],
    },
    /// The lanes of a walk begin; for [`Detail::Calls`].
    LanesStarted {
        lanes: usize,
        /// `COUNT` of each `SCAN`, if the source is a server.
        count: Option<u32>,
    },
    /// For [`Detail::Calls`].
    LaneEnded(&'a EndedLane),
    /// For [`Detail::Calls`].
    Called(&'a Call),
    /// For [`Detail::Keys`].
    KeySettled(&'a SettledKey<'a>),
    /// A server answers again.
    Waited(&'a Wait),
    /// Another process answers in place of a server, so the job walks its source again from the start. The events of
    /// the next walk follow; its outcomes are counted from zero.
    WalkRestarted(&'a Restart),
    /// A job has ended, or was not run.
    JobEnded(&'a JobSummary),
    RunEnded(&'a RunSummary),
}

/// Receives the events of a run.
pub trait Listener {
    ///
    /// # Errors
    ///
    /// The event could not be written to an output. At the start of the run, no job is run; while a job runs, and at its
    /// end, this stops the job; at the end of the run it decides the exit code.
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop>;

    /// How much this listener wants to know. A job asks once, when it begins.
    fn detail(&self) -> Detail {
        Detail::Normal
    }
}
