//! What only users who debug want to know.

use std::time::Duration;

use crate::entry::{DbKey, Key};
use crate::error::Side;
use crate::outcome::{Outcome, Verdict};
use crate::source::LaneId;

/// How much a listener wants to know. Each level includes the ones before. Events of higher levels are not emitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    #[default]
    Normal,
    /// Also lanes, and each batch of keys that is requested.
    Calls,
    /// Also the outcome of each key.
    Keys,
}

/// A batch of keys, with one request for each key, or one that returns them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub side: Side,
    /// What is done with the keys, such as `read`.
    pub action: &'static str,
    pub keys: usize,
    /// Payload bytes, if the batch has payloads.
    pub bytes: Option<usize>,
    pub duration: Duration,
}

/// The walk over a part of the source has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedLane {
    pub lane: LaneId,
    pub pages: u64,
    /// The keys that it returned.
    pub keys: u64,
    pub duration: Duration,
}

/// A key has its outcome.
#[derive(Clone, Copy, Debug)]
pub struct SettledKey<'a> {
    /// With its database at the source.
    pub id: DbKey<'a>,
    /// Its name at the destination, if it is another one.
    pub renamed: Option<&'a Key>,
    /// `None` if it does not match, and if it was compared.
    pub outcome: Option<Outcome>,
    /// What a comparison found; `None` if the key was not compared.
    pub verdict: Option<Verdict>,
    /// Why it failed, if the reason concerns only this key.
    pub reason: Option<&'a str>,
}
