//! What became of each key, and how many of each there are.

use std::collections::BTreeMap;
use std::ops::Add;

use serde::Serialize;

/// What became of one key. Every key that the source handed out has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Written; the destination did not have it.
    Copied,
    /// Written over the one that the destination had.
    Replaced,
    /// Left alone: the destination has it.
    Existing,
    /// Left alone: the job's `match`, `exclude` or `types` leave it out.
    Filtered,
    /// Gone, or past its expiry, before it could be written.
    Vanished,
    /// Not written, for a reason that the error log gives.
    Failed,
}

/// The count of each [`Outcome`]. `scanned` is counted by itself, where keys are taken up,
/// and contains all the others: see [`Tally::adds_up`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Keys that the source handed out.
    pub scanned: u64,
    /// See [`Outcome::Copied`].
    pub copied: u64,
    /// See [`Outcome::Replaced`].
    pub replaced: u64,
    /// See [`Outcome::Existing`].
    pub existing: u64,
    /// See [`Outcome::Filtered`].
    pub filtered: u64,
    /// See [`Outcome::Vanished`].
    pub vanished: u64,
    /// See [`Outcome::Failed`].
    pub failed: u64,
}

impl Tally {
    /// Counts one key that has met its end.
    pub fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Copied => &mut self.copied,
            Outcome::Replaced => &mut self.replaced,
            Outcome::Existing => &mut self.existing,
            Outcome::Filtered => &mut self.filtered,
            Outcome::Vanished => &mut self.vanished,
            Outcome::Failed => &mut self.failed,
        } += 1;
    }

    /// Keys that have met their end. Equal to `scanned` when nothing is on its way.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.copied + self.replaced + self.existing + self.filtered + self.vanished + self.failed
    }

    /// Whether every key that was handed out has met its end.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.scanned == self.settled()
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            scanned: self.scanned + other.scanned,
            copied: self.copied + other.copied,
            replaced: self.replaced + other.replaced,
            existing: self.existing + other.existing,
            filtered: self.filtered + other.filtered,
            vanished: self.vanished + other.vanished,
            failed: self.failed + other.failed,
        }
    }
}

/// What was written (in a dry run: would be written) of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TypeTally {
    /// Keys copied or replaced.
    pub keys: u64,
    /// Those of them that expire.
    pub expiring: u64,
    /// Their payloads together, in bytes; in a dry run an estimate from samples of `MEMORY USAGE`,
    /// or what a file says.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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

/// What became of a file's libraries of functions. Where they are restored, `found` is the sum of the others at the
/// file's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
