//! The outcome of each key, and how often each outcome occurred.

mod verification;

use std::collections::BTreeMap;
use std::ops::Add;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use verification::{DifferenceKind, Verdict, VerifyTally};

/// The outcome of one key. Every key that matched has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Written; the destination did not have it.
    Copied,
    /// Written in place of the destination's own key.
    Replaced,
    /// Not written: the destination has it.
    Existing,
    /// Deleted or expired before it could be written.
    Vanished,
    /// Not written; the error log gives the reason.
    Failed,
}

/// The outcomes of the keys that matched. When a job has ended, `matched` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub struct Tally {
    /// Keys that match the job's `match`, `exclude`, `types`, `min_ttl` and `max_ttl`. Counted separately, not computed from the others.
    pub matched: u64,
    /// Written; the destination did not have them.
    pub copied: u64,
    /// Written in place of the destination's own keys.
    pub replaced: u64,
    /// Not written: the destination has them.
    pub existing: u64,
    /// Deleted or expired before they could be written.
    pub vanished: u64,
    /// Not written; the error log gives the reasons.
    pub failed: u64,
}

/// Keys that the source returned. They are not part of the outcomes: a server may apply a pattern itself, and then does
/// not return keys that do not match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub struct WalkTally {
    /// Keys that the source returned.
    pub scanned: u64,
    /// Keys that the source returned, but that do not match.
    pub filtered: u64,
}

/// The part of a selection that a key does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `match`.
    Match,
    /// `exclude`.
    Exclude,
    /// `types`.
    Types,
    /// `min_ttl` or `max_ttl`.
    Ttl,
}

/// The keys that matched a part of the selection, but not the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterTally {
    /// Keys that `match` selects, but that are excluded.
    pub excluded: u64,
    /// Keys whose name matches, but that have another type.
    pub of_other_types: u64,
    /// Keys whose name and type match, but that expire too soon or too late.
    pub of_other_ttls: u64,
}

impl Tally {
    /// Counts the outcome of one key.
    pub fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Copied => &mut self.copied,
            Outcome::Replaced => &mut self.replaced,
            Outcome::Existing => &mut self.existing,
            Outcome::Vanished => &mut self.vanished,
            Outcome::Failed => &mut self.failed,
        } += 1;
    }

    /// The number of keys that have an outcome. Equal to `matched` when no key is in flight.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.copied + self.replaced + self.existing + self.vanished + self.failed
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            matched: self.matched + other.matched,
            copied: self.copied + other.copied,
            replaced: self.replaced + other.replaced,
            existing: self.existing + other.existing,
            vanished: self.vanished + other.vanished,
            failed: self.failed + other.failed,
        }
    }
}

impl Add for FilterTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            excluded: self.excluded + other.excluded,
            of_other_types: self.of_other_types + other.of_other_types,
            of_other_ttls: self.of_other_ttls + other.of_other_ttls,
        }
    }
}

impl Add for PayloadTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            restamped: self.restamped + other.restamped,
            translated: self.translated + other.translated,
        }
    }
}

impl Add for TypeTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| one.map(|one| one + other.unwrap_or(0)).or(other);
        Self {
            keys: self.keys + other.keys,
            expiring: self.expiring + other.expiring,
            bytes: sum(self.bytes, other.bytes),
            memory_bytes: sum(self.memory_bytes, other.memory_bytes),
        }
    }
}

impl Add for WalkTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { scanned: self.scanned + other.scanned, filtered: self.filtered + other.filtered }
    }
}

/// The keys of one type that were written or, in a dry run, would be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub struct TypeTally {
    /// Keys copied or replaced.
    pub keys: u64,
    /// Keys copied or replaced that expire.
    pub expiring: u64,
    /// The bytes of their payloads. Null in a dry run that reads from a server, because it reads no values.
    pub bytes: Option<u64>,
    /// The memory that they take at the source, in bytes: an estimate of a dry run, from samples of `MEMORY USAGE`. Null if
    /// it is unknown, and in a run.
    pub memory_bytes: Option<u64>,
}

/// The size of keys that were written or, in a dry run, would be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Payload bytes; `None` in a dry run that reads from a server.
    pub payload: Option<u64>,
    /// The estimated memory at the source in such a dry run; `None` if it is unknown, and in a run.
    pub memory: Option<u64>,
}

impl Default for Sizes {
    /// No keys, whose payloads are counted.
    fn default() -> Self {
        Self { payload: Some(0), memory: None }
    }
}

impl Sizes {
    /// No keys, whose memory is estimated.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { payload: None, memory: Some(0) }
    }

    /// Counts payload bytes, if they are counted.
    pub fn add_payload(&mut self, bytes: u64) {
        self.payload = self.payload.map(|sum| sum + bytes);
    }

    /// Adds estimated memory; `None` if it is unknown, and so is the sum.
    pub fn add_memory(&mut self, bytes: Option<u64>) {
        self.memory = self.memory.zip(bytes).map(|(sum, bytes)| sum.saturating_add(bytes));
    }
}

impl std::iter::Sum for Sizes {
    /// Of jobs: payloads of those that count them, and memory of the others.
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let all: Vec<Self> = all.collect();
        let (counted, estimated): (Vec<&Self>, Vec<&Self>) = all.iter().partition(|sizes| sizes.payload.is_some());
        let has_payload = !counted.is_empty() || estimated.is_empty();
        let payload = counted.iter().filter_map(|sizes| sizes.payload).sum();
        let mut memory = if estimated.is_empty() { Self::default() } else { Self::in_memory() };
        for sizes in &estimated {
            memory.add_memory(sizes.memory);
        }
        Self { payload: has_payload.then_some(payload), memory: memory.memory }
    }
}

/// [`TypeTally`] by the name that `TYPE` gives: `string`, `list`, …, or a module type's name.
pub type ByType = BTreeMap<String, TypeTally>;

/// The outcomes of keys by their database at the source. `matched` is not counted.
pub type ByDatabase = BTreeMap<u16, Tally>;

/// How a payload was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// Not at all.
    Passed,
    /// The payload has another RDB version; the value has the same bytes.
    Restamped,
    /// The value has another encoding.
    Translated,
}

/// How the written payloads were changed. The sum is the number of keys copied and replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema, Deserialize)]
pub struct PayloadTally {
    /// Not changed.
    pub passed: u64,
    /// The payload has the RDB version of an older server; the value has the same bytes.
    pub restamped: u64,
    /// The value has another encoding, which the destination supports.
    pub translated: u64,
}

impl PayloadTally {
    /// Counts one payload; `None` if it is not written.
    pub fn count(&mut self, how: Option<How>) {
        *match how {
            None => return,
            Some(How::Passed) => &mut self.passed,
            Some(How::Restamped) => &mut self.restamped,
            Some(How::Translated) => &mut self.translated,
        } += 1;
    }
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileTally {
    /// The path of the file, or `standard input`.
    pub name: String,
    /// How much of it was read.
    pub status: FileStatus,
    /// The keys that were read, without those of other databases. With `--resume`, those of the earlier runs, too.
    pub keys: u64,
    /// The bytes that were decoded, after they were unpacked.
    pub bytes: u64,
}

/// How much of a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileStatus {
    /// Nothing, because the job ended before.
    NotRead,
    /// A part, because the job ended.
    InPart,
    /// All of it.
    Read,
    /// A part, because it cannot be read any further.
    Damaged,
}

/// The outcomes of a file's function libraries. If libraries are restored, `found` is the sum of the others when the
/// job has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LibraryTally {
    /// In the part of the file that was read.
    pub found: u64,
    /// Restored; with `on_existing = "replace"`, maybe in place of the destination's own.
    pub restored: u64,
    /// Not written: the destination has them.
    pub existing: u64,
    /// Refused by the destination.
    pub failed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_sizes_has_what_is_known_and_one_unknown_memory_makes_it_unknown() {
        let sizes = |payload, memory| Sizes { payload, memory };
        let sum = |all: &[Sizes]| all.iter().copied().sum::<Sizes>();
        let (copied, estimated, unknown) = (sizes(Some(5), None), sizes(None, Some(7)), sizes(None, None));
        assert_eq!(sum(&[]), sizes(Some(0), None));
        assert_eq!(sum(&[copied, copied]), sizes(Some(10), None));
        assert_eq!(sum(&[estimated, estimated]), sizes(None, Some(14)));
        assert_eq!(sum(&[copied, estimated]), sizes(Some(5), Some(7)));
        assert_eq!(sum(&[copied, estimated, unknown]), sizes(Some(5), None));
    }
}
