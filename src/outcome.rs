//! What became of each key, and how many of each there are.

use std::collections::BTreeMap;
use std::ops::Add;

use schemars::JsonSchema;
use serde::Serialize;

/// What became of one key. Every key that matched has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Written; the destination did not have it.
    Copied,
    /// Written over the one that the destination had.
    Replaced,
    /// Left alone: the destination has it.
    Existing,
    /// Gone, or past its expiry, before it could be written.
    Vanished,
    /// Not written, for a reason that the error log gives.
    Failed,
}

/// What became of the keys that matched: once a job has ended, `matched` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// Keys that the job's `match`, `exclude` and `types` select. Counted by itself, not added up.
    pub matched: u64,
    /// Written; the destination did not have them.
    pub copied: u64,
    /// Written over those that the destination had.
    pub replaced: u64,
    /// Left alone: the destination has them.
    pub existing: u64,
    /// Gone, or past their expiry, before they could be written.
    pub vanished: u64,
    /// Not written; the error log gives the reasons.
    pub failed: u64,
}

/// Facts about the walk over the source, which are no part of the account: a server
/// may apply a pattern itself, and then does not return what does not match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WalkTally {
    /// Keys that the source returned.
    pub scanned: u64,
    /// Those of them that `match`, `exclude` or `types` left out.
    pub filtered: u64,
}

impl Tally {
    /// Counts one key that has an outcome.
    pub fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Copied => &mut self.copied,
            Outcome::Replaced => &mut self.replaced,
            Outcome::Existing => &mut self.existing,
            Outcome::Vanished => &mut self.vanished,
            Outcome::Failed => &mut self.failed,
        } += 1;
    }

    /// Keys that have an outcome. Equal to `matched` when none is in flight.
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

/// What was written (in a dry run: would be written) of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TypeTally {
    /// Keys copied or replaced.
    pub keys: u64,
    /// Those of them that expire.
    pub expiring: u64,
    /// Their payloads together, in bytes; in a dry run an estimate from samples of `MEMORY USAGE`,
    /// or what a file contains.
    pub bytes: u64,
}

/// [`TypeTally`] by the name that `TYPE` gives: `string`, `list`, …, or a module type's name.
pub type ByType = BTreeMap<String, TypeTally>;

/// What was done to a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// Nothing.
    Passed,
    /// It carries another version; its value is the same, byte for byte.
    Restamped,
    /// Its value is written in another form.
    Translated,
}

/// What was done to the payloads that were written: together as many as keys copied and replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PayloadTally {
    /// Nothing.
    pub passed: u64,
    /// They were given the version of an older server.
    pub restamped: u64,
    /// Their values were written in a form that the destination knows.
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

/// What became of a file's function libraries. Where they are restored, `found` is the sum of the others at the
/// file's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LibraryTally {
    /// Those that the file holds, as far as it was read.
    pub found: u64,
    /// Restored; with `on_existing = "replace"`, maybe over the destination's own.
    pub restored: u64,
    /// Left alone: the destination has them.
    pub existing: u64,
    /// Refused by the destination.
    pub failed: u64,
}
