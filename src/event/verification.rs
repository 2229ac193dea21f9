//! The verification of a job.

use std::time::Duration;

use crate::entry::Key;
use crate::outcome::{DifferenceKind, VerifyTally};

/// The result of verifying a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The keys of the source that match, or of a sample of them. When the verification has ended, this is the sum of
    /// `tally.compared()`, `vanished` and `failed`.
    pub matched: u64,
    pub tally: VerifyTally,
    /// Deleted or expired at the source before they could be compared.
    pub vanished: u64,
    /// Could not be read; the error log gives the reasons.
    pub failed: u64,
    /// `None` if every key was compared.
    pub sample: Option<SampleFacts>,
    /// Whether extra keys are no difference (`verify_extra = "ignore"`).
    pub ignores_extra: bool,
    /// Whether it reached its end. If not, nothing is known about the other keys.
    pub is_complete: bool,
    pub duration: Duration,
}

/// The confidence of [`SampleFacts::most_different`], 0–1.
pub const CONFIDENCE: f64 = 0.95;

/// Which part of the keys was compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleFacts {
    /// The probability with which a key is in the sample, 0–1.
    pub rate: f64,
    /// With [`CONFIDENCE`], at most this share of all keys differs, 0–1.
    pub most_different: f64,
}

impl Verification {
    /// Whether source and destination are the same, as far as the job asks.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let ignored = if self.ignores_extra { self.tally.extra } else { 0 };
        self.tally.differences() == ignored
    }
}

/// A key that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub kind: DifferenceKind,
    /// The key at the source; of an extra key, where it would be.
    pub source_key: (u16, Key),
    /// The key at the destination.
    pub destination_key: (u16, Key),
    /// `None` if the source does not have it.
    pub source: Option<SideFacts>,
    /// `None` if the destination does not have it.
    pub destination: Option<SideFacts>,
    /// The node of the destination's cluster that serves the key, `host:port`; `None` if it is a single server.
    pub node: Option<String>,
    /// Why it could not be repaired, if that was tried.
    pub repair_error: Option<String>,
}

/// What one side has of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideFacts {
    /// As `TYPE` returns it.
    pub type_name: String,
    /// Unix time in ms; `None` if the key does not expire.
    pub expires_at: Option<u64>,
    /// Bytes of the payload; `None` if it was not read.
    pub bytes: Option<u64>,
    /// The beginning of the value, printable; `None` if it was not read.
    pub value: Option<String>,
}
