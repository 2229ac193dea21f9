//! The outcome of each key, and how often each outcome occurred.

use std::collections::BTreeMap;
use std::ops::Add;

use schemars::JsonSchema;
use serde::Serialize;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// Keys that match the job's `match`, `exclude` and `types`. Counted separately, not computed from the others.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
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
}

/// The keys that matched a part of the selection, but not the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterTally {
    /// Keys that `match` selects, but that are excluded.
    pub excluded: u64,
    /// Keys whose name matches, but that have another type.
    pub of_other_types: u64,
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

    /// Whether every key that matched has an outcome.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.matched == self.settled()
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

impl Add for WalkTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { scanned: self.scanned + other.scanned, filtered: self.filtered + other.filtered }
    }
}

/// The keys of one type that were written or, in a dry run, would be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TypeTally {
    /// Keys copied or replaced.
    pub keys: u64,
    /// Keys copied or replaced that expire.
    pub expiring: u64,
    /// The size of their payloads, in bytes. In a dry run, an estimate from samples of `MEMORY USAGE`, or the size in
    /// the file.
    pub bytes: u64,
}

/// [`TypeTally`] by the name that `TYPE` gives: `string`, `list`, …, or a module type's name.
pub type ByType = BTreeMap<String, TypeTally>;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PayloadTally {
    /// Not changed.
    pub passed: u64,
    /// The payload has the RDB version of an older server; the value has the same bytes.
    pub restamped: u64,
    /// The value has another encoding, which the destination supports.
    pub translated: u64,
}

impl PayloadTally {
    /// Counts one payload.
    pub fn count(&mut self, how: How) {
        *match how {
            How::Passed => &mut self.passed,
            How::Restamped => &mut self.restamped,
            How::Translated => &mut self.translated,
        } += 1;
    }
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
