//! What every source can do. The engine knows nothing else of where keys come from.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

use super::{KeyInfo, ReadResult, SourceFacts, SourceKey};
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem, Stop};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::Refusal;

/// Where a job's keys are read from. Futures are boxed for each page or pipeline, of hundreds of keys as a rule.
pub trait Source {
    /// What it is.
    fn facts(&self) -> SourceFacts;

    /// Which server wrote its payloads.
    fn origin(&self) -> Origin;

    /// How long a request and its reply take; nothing if there is no server to ask.
    fn round_trip(&self) -> Duration;

    /// Unix time in ms by its clock; `None` if it has none.
    fn now_ms(&self) -> Option<u64>;

    /// Whether it may return a key more than once, as `SCAN` does at times.
    fn may_repeat(&self) -> bool;

    /// What of a selection it applies itself, so that keys which do not match are not returned at all.
    fn applies(&self, selection: &Selection) -> Applied;

    /// What is wrong with it, whatever the key.
    fn problem(&self, problem: EndpointProblem) -> EndpointError;

    /// How many keys it has, if that is known before it is walked.
    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>>;

    /// The walks that together return every key.
    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>>;

    /// The types of keys that came without a value, by the names that `TYPE` gives them; `None` for one that is gone.
    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Result<Option<String>, Refusal>>>;

    /// Types and expiry of keys that came without a value.
    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>>;

    /// The memory that keys take, in bytes; `None` for a key of which that is not known.
    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>>;

    /// Reads keys that came without a value.
    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>>;

    /// How long it takes to answer now; `None` if there is no server to ask.
    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>>;
}

/// One independent walk over a part of a source.
pub trait Lane {
    /// What comes next; `None` at the end, after which it is not asked again.
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>>;
}

/// Which of a source's lanes, counted from 0.
pub type LaneId = usize;

/// What one step of a lane returned. A page never loses its lane and position.
#[derive(Debug, Default)]
pub struct Page {
    /// The lane that it came from.
    pub lane: LaneId,
    /// Where the lane is behind this page.
    pub reached: Position,
    /// The keys, at times none.
    pub keys: Vec<SourceKey>,
    /// The share of the whole source that is walked with them, 0–1; `None` if it is unknown.
    pub share: Option<f64>,
    /// Function libraries, as the payloads that `FUNCTION RESTORE` accepts.
    pub libraries: Vec<Bytes>,
    /// Keys of other databases that were passed over.
    pub passed_over: u64,
    /// What the user should know of this step.
    pub warning: Option<String>,
}

/// A place in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The cursor that `SCAN` goes on from.
    Cursor(u64),
    /// Bytes of a file.
    Offset(u64),
}

/// As log lines name it.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cursor(cursor) => write!(f, "cursor {cursor}"),
            Self::Offset(bytes) => write!(f, "byte {bytes}"),
        }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::Offset(0)
    }
}

/// How a source is to be walked.
#[derive(Clone, Debug)]
pub struct ScanPlan {
    /// Which keys.
    pub selection: Selection,
    /// `COUNT` of each `SCAN`.
    pub count: u32,
    /// Lanes, if the source can be cut into so many: a power of two.
    pub lanes: u32,
    /// How many keys there are, if that is known.
    pub key_count: Option<u64>,
}

/// What of a selection a source applies itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// `match`.
    pub matches: bool,
    /// `types`.
    pub types: bool,
}
