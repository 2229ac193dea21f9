//! The progress of a job while it runs.

use std::time::Duration;

use super::totals::Totals;
use crate::error::{Side, WaitCause};
use crate::outcome::{FilterTally, LibraryTally, PayloadTally, Sizes, Tally, VerifyTally, WalkTally};
use crate::source::{LaneId, Position};

/// The progress of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Outcomes so far; `matched` may be ahead of their sum by the keys that are in flight.
    pub tally: Tally,
    /// Keys that the source returned so far, and those that do not match.
    pub walk: WalkTally,
    /// Why keys did not match, so far.
    pub filters: FilterTally,
    /// Of the keys copied and replaced so far.
    pub sizes: Sizes,
    pub payloads: PayloadTally,
    pub libraries: LibraryTally,
    /// Of the keys compared so far, if the job is verified.
    pub verified: VerifyTally,
    /// How much of the source has been walked, 0–1; `None` if it is unknown.
    pub share: Option<f64>,
    /// What the job waits for most of the time.
    pub held_by: HeldBy,
}

/// What slows a job down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeldBy {
    /// The source, to return keys and values.
    #[default]
    Source,
    /// The destination, to accept them.
    Destination,
    /// One of `max_keys_per_second`, `max_bytes_per_second` and `max_source_latency`.
    Limit,
    /// `sleep`.
    Sleep,
    /// A server that has not answered for this long.
    Wait { side: Side, cause: WaitCause, duration: Duration },
}

/// The keys before the watermarks. All of them have an outcome that a later run need not change.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    pub watermarks: &'a [Watermark],
    /// Of an earlier run that this one continues.
    pub earlier: &'a Totals,
    /// Of this run.
    pub totals: &'a Totals,
}

/// How far one lane of the source is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermark {
    pub lane: LaneId,
    /// Every key before this position has an outcome.
    pub position: Position,
}
