//! What the engine tells its listeners: the contract between the walk and everything that is shown or written down.

use std::fmt;
use std::time::Duration;

use crate::error::{FailedKey, Stop};
use crate::job::Job;
use crate::outcome::{LibraryTally, PayloadTally, Tally};
use crate::server::ServerFacts;
use crate::source::SourceFacts;

/// Something that happened in a job. Events of one job come between its `JobStarted` and the
/// next one's; each is told to every listener, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// Both ends are connected, the first key is about to move.
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
    /// Where the job stands; told many times a second.
    Progress(&'a Progress),
    /// A key failed.
    KeyFailed(&'a FailedKey),
    /// The job is held back by its `sleep`; told once a job.
    HeldBack {
        /// The job's `sleep`.
        sleep: Duration,
        /// How long the rest takes at this pace, where that can be told.
        time_left: Option<Duration>,
    },
    /// The job has ended.
    JobEnded {
        /// Where it stands.
        progress: &'a Progress,
        /// Why it ended before its source did, the strongest reason first; empty where it did not.
        stops: &'a [Stop],
    },
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Outcomes so far; `scanned` may be ahead of their sum by what is on its way.
    pub tally: Tally,
    /// Payload bytes of the keys copied and replaced so far.
    pub bytes: u64,
    /// What was done to these payloads.
    pub payloads: PayloadTally,
    /// What became of libraries of functions so far.
    pub libraries: LibraryTally,
    /// How much of the source has been walked, 0–1, where that can be told.
    pub share: Option<f64>,
    /// What the job waits for most of the time.
    pub held_by: HeldBy,
}

/// What a job waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeldBy {
    /// The source, to hand out keys and values.
    #[default]
    Source,
    /// The destination, to take them.
    Destination,
    /// One of `max_keys_per_second`, `max_bytes_per_second` and `max_source_latency`.
    Limit,
    /// `sleep`.
    Sleep,
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Limit => "limit",
            Self::Sleep => "sleep",
        })
    }
}

/// Somebody who wants to know.
pub trait Listener {
    /// Hears of an event.
    ///
    /// # Errors
    ///
    /// What the event should have been written to cannot be written: the job ends with this.
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop>;
}
