//! What every destination can do. The engine knows nothing else of where entries go.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use crate::entry::{DbKey, Entry};
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::payload::Target;
use crate::server::ServerFacts;

/// Where a job's entries are written to. Futures are boxed for each pipeline, of hundreds of keys as a rule.
pub trait Destination {
    /// What it is.
    fn facts(&self) -> &ServerFacts;

    /// How long a request and its reply take.
    fn round_trip(&self) -> Duration;

    /// Unix time in ms by its clock, by which keys expire there.
    fn now_ms(&self) -> u64;

    /// What its `RESTORE` accepts.
    fn target(&self) -> &Target;

    /// Why a payload of so many bytes cannot be sent at all: a server that is sent too long a text closes the connection.
    fn reject_reason(&self, bytes: usize) -> Option<String>;

    /// What is wrong with it, whatever the key.
    fn problem(&self, problem: EndpointProblem) -> EndpointError;

    /// Makes sure that it has a database, before keys for it are taken up.
    fn open_database(&self, db: u16) -> LocalBoxFuture<'_, Result<(), EndpointError>>;

    /// Which of the keys it has. A key that it refuses to answer for counts as new: its `RESTORE` will say what is wrong.
    ///
    /// Resolves to an error if it is lost, or refuses whatever the key.
    fn exist<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Result<Vec<bool>, EndpointError>>;

    /// Writes entries: one answer for each, never an error for all. The entries need not outlive the call: they are encoded
    /// before the future is returned.
    fn write(&self, entries: &[Entry<'_>]) -> LocalBoxFuture<'_, Answers<Written>>;

    /// Restores a function library, from the payload that `FUNCTION RESTORE` accepts (since Redis 7.0).
    ///
    /// Resolves to an error if there is no reply, or it refuses whatever the library.
    fn restore_library<'a>(&'a self, payload: &'a [u8]) -> LocalBoxFuture<'a, Result<Restored, EndpointError>>;
}

/// What writing an entry resulted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The key is there; it was not before.
    Copied,
    /// The key is there, in place of the one that was there before.
    Replaced,
    /// The destination's own key was left alone.
    Existing,
    /// The destination refused this key, with this message.
    Failed(String),
    /// The destination refuses, whatever the key.
    Refused(EndpointProblem),
    /// It was sent, and no reply came: it may have arrived.
    Unanswered,
    /// It was not sent.
    NotSent,
}

/// What restoring a function library resulted in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is there.
    Done,
    /// The destination's own was left alone.
    Existing,
    /// The destination refused it, with this message.
    Failed(String),
}
