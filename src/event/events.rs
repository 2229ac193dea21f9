//! The events of a run, and who receives them.

use std::time::Duration;

use super::{JobSummary, Progress, RunSummary, Warning, Watermark};
use crate::error::{FailedKey, Stop};
use crate::job::Job;
use crate::server::ServerFacts;
use crate::source::SourceFacts;

/// Something that happened in a run. Every listener receives each event, in order: `RunStarted` first, `RunEnded` last,
/// and those of one job between its `JobStarted` and its `JobEnded`. Warnings and refusals of the pre-flight come before `RunStarted`.
#[derive(Debug)]
pub enum Event<'a> {
    /// The jobs have been examined, the first one is about to be connected.
    RunStarted,
    /// The user should know something, though nothing has failed.
    Warned(&'a Warning),
    /// Pre-flight found that a job cannot be run. It comes before `RunStarted`, and `check --connect` emits it, too.
    JobRefused {
        /// The job.
        job: &'a Job,
        /// What speaks against running it.
        reason: &'a Stop,
    },
    /// Source and destination are connected, the first key is about to move.
    JobStarted {
        /// The job.
        job: &'a Job,
        /// What was found at its source.
        source: &'a SourceFacts,
        /// What was found at its destination.
        destination: &'a ServerFacts,
        /// Nothing will be written.
        dry_run: bool,
    },
    /// Where the job stands; emitted many times a second.
    Progress(&'a Progress),
    /// How far the lanes are settled; emitted after `Progress` if one has moved on.
    Watermarks(&'a [Watermark]),
    /// A key failed.
    KeyFailed(&'a FailedKey),
    /// A function library of the job's file could not be restored; the server's message.
    LibraryFailed(&'a str),
    /// The job is held back by its `sleep`; emitted once a job.
    HeldBack {
        /// The job's `sleep`.
        sleep: Duration,
        /// How long the rest takes at this pace, if that is known.
        time_left: Option<Duration>,
    },
    /// A job has ended, or was not run.
    JobEnded(&'a JobSummary),
    /// All jobs have ended.
    RunEnded(&'a RunSummary),
}

/// Receives the events of a run.
pub trait Listener {
    /// Receives an event.
    ///
    /// # Errors
    ///
    /// The event should have been written somewhere and could not be. While a job runs, and at its end, this is a reason
    /// for its end; at the end of the run it decides the exit code.
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop>;
}
