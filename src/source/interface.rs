//! The interface of a source. The engine uses nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::slice::SliceIndex;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};

use super::{DatabaseSize, KeyInfo, ReadResult, SourceFacts, SourceKey};
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem, Stop};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb};

/// A source of keys. One boxed future serves a page or pipeline, usually of hundreds of keys.
pub trait Source {
    fn facts(&self) -> SourceFacts;

    /// Which server wrote its payloads.
    fn origin(&self) -> Origin;

    /// The round trip; zero for a file.
    fn round_trip(&self) -> Duration;

    /// Unix time of its clock, in ms; `None` if it has no clock.
    fn now_ms(&self) -> Option<u64>;

    /// Whether it returns expiries as points of time; if not, they may be wrong by some ms.
    fn has_exact_expiries(&self) -> bool {
        true
    }

    /// The node of a cluster that serves a key, `host:port`; `None` if there are no nodes.
    fn node_of(&self, _key: &[u8]) -> Option<String> {
        None
    }

    /// Whether it may return a key more than once, as `SCAN` may.
    fn may_repeat(&self) -> bool;

    /// The parts of a selection that it applies itself: then it does not return keys that do not match.
    fn applies(&self, selection: &Selection) -> Applied;

    /// Builds an error of this source.
    fn problem(&self, problem: EndpointProblem) -> EndpointError;

    /// The servers that it is connected to; none for a file.
    fn contacts(&self) -> Vec<Rc<Contact>>;

    /// The number of keys, if it is known before the walk.
    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>>;

    /// The databases that it walks, in order. None for a file, which knows them at its end.
    fn databases(&self) -> LocalBoxFuture<'_, Result<Vec<DatabaseSize>, EndpointError>>;

    /// Databases whose keys it does not return, with their numbers of keys. A file knows them at its end.
    fn other_databases(&self) -> LocalBoxFuture<'_, Result<KeysByDb, EndpointError>>;

    /// Function libraries, as the payloads that `FUNCTION RESTORE` accepts. A file returns them in its pages instead.
    fn libraries(&self) -> LocalBoxFuture<'_, Result<Vec<Bytes>, EndpointError>>;

    /// The lanes that together return every key, except those before the positions of the plan.
    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>>;

    /// The types of keys, without their expiries. Only for keys without a value.
    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>>;

    /// Type and expiry of keys. Only for keys without a value.
    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>>;

    /// The memory that keys take, in bytes; `None` if it is unknown.
    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>>;

    /// The most payload bytes that values can have; `None` if it is unknown. Only for keys without a value.
    fn measure<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>>;

    /// Reads keys. Only for keys without a value.
    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>>;

    /// The duration of a `PING`; `None` for a file.
    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>>;
}

/// One independent walk over a part of a source.
pub trait Lane {
    /// The next page; `None` at the end, after which it must not be called again.
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>>;
}

/// The number of a lane of a source, counted from 0.
pub type LaneId = usize;

/// The keys that one step of a lane returned, with the lane and the position that was reached.
#[derive(Debug, Default)]
pub struct Page {
    pub lane: LaneId,
    /// The position of the lane after this page. If it is that of the page before, or the default in the first page, a lane
    /// that continues there returns the keys of this page again.
    pub reached: Position,
    /// May be empty.
    pub keys: Vec<SourceKey>,
    /// How much of the source has been walked after this page, 0–1; `None` if it is unknown.
    pub share: Option<f64>,
    /// Function libraries, as the payloads that `FUNCTION RESTORE` accepts.
    pub libraries: Vec<Bytes>,
    /// Keys of another database that were passed over.
    pub passed_over: u64,
    /// That database.
    pub passed_over_db: u64,
    /// A warning for the user.
    pub warning: Option<String>,
}

/// A position in a lane. The default is the start of every lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// The cursor for the next `SCAN`.
    Cursor(u64),
    /// Bytes of a file, after it was unpacked: all records that end there or before.
    Offset(u64),
}

/// The positions of lanes. A lane that is not listed is at its start.
pub type Positions = BTreeMap<LaneId, Position>;

/// The position of a lane of a file, in bytes.
pub fn offset(positions: &Positions, lane: LaneId) -> u64 {
    match positions.get(&lane) {
        Some(Position::Offset(bytes)) => *bytes,
        Some(Position::Cursor(_)) | None => 0,
    }
}

/// The text in log lines.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            start if *start == Self::default() => f.write_str("its start"),
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

/// How to walk a source.
#[derive(Clone, Debug)]
pub struct ScanPlan {
    pub selection: Selection,
    /// `COUNT` of each `SCAN`.
    pub count: u32,
    /// The most lanes of each database: a power of two.
    pub lanes: u32,
    /// The databases of a server, in the order in which they are walked.
    pub databases: Vec<DatabaseSize>,
    /// Where the lanes begin: an earlier walk returned the keys before. These positions have a meaning only in the same data,
    /// with as many lanes, and with the same databases in the same order.
    pub from: Positions,
}

impl ScanPlan {
    /// How much of the source these databases are, 0–1: by their keys, if those are known.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    pub fn share(&self, databases: impl SliceIndex<[DatabaseSize], Output = [DatabaseSize]>) -> f64 {
        let keys = |databases: &[DatabaseSize]| databases.iter().map(|size| size.keys).sum::<Option<u64>>();
        let part = &self.databases[databases];
        match (keys(part), keys(&self.databases)) {
            (Some(part), Some(all)) if all > 0 => part as f64 / all as f64,
            _ => part.len() as f64 / self.databases.len() as f64,
        }
    }
}

/// The parts of a selection that a source applies itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// `match`.
    pub matches: bool,
    /// `types`.
    pub types: bool,
}
