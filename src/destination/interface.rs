//! The interface of a destination. The engine uses nothing else.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use crate::entry::{DbKey, Entry, Key};
use crate::error::{Answers, EndpointError, EndpointProblem, KeyRefusal};
use crate::job::OnExisting;
use crate::payload::Target;
use crate::server::{Contact, ServerFacts};

/// A destination of entries. One boxed future serves a pipeline, usually of hundreds of keys.
pub trait Destination {
    fn facts(&self) -> &ServerFacts;

    fn round_trip(&self) -> Duration;

    /// Unix time of its clock, in ms. Keys expire there by this clock.
    fn now_ms(&self) -> u64;

    /// The payloads that its `RESTORE` accepts.
    fn target(&self) -> &Target;

    /// Why a payload of this size cannot be sent, if it is too long: the server would close the connection.
    fn reject_reason(&self, bytes: usize) -> Option<String>;

    /// The same for the name of a key.
    fn reject_name(&self, bytes: usize) -> Option<String>;

    /// Builds an error of this destination.
    fn problem(&self, problem: EndpointProblem) -> EndpointError;

    /// The number of its parts that may be slow or full while the others are not: the nodes of a cluster.
    fn places(&self) -> usize {
        1
    }

    /// In which of them a key is. A key that has moved meanwhile may be in another one.
    fn place(&self, _key: &Key) -> usize {
        0
    }

    /// The servers that it is connected to.
    fn contacts(&self) -> Vec<Rc<Contact>>;

    /// Checks that it has a database, before keys for it are taken up.
    fn open_database(&self, db: u16) -> LocalBoxFuture<'_, Result<(), EndpointError>>;

    /// Which of the keys exist. A key whose `EXISTS` is refused counts as new: its `RESTORE` reports the reason.
    ///
    /// Resolves to an error if the destination cannot be reached, or refuses every key.
    fn exist<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Result<Vec<bool>, EndpointError>>;

    /// Writes entries, and returns one answer for each, never an error for all. After an outage, entries without a
    /// reply are settled by comparing what is there with what was sent.
    fn write<'a>(&'a self, entries: &'a [Entry<'a>], on_existing: OnExisting) -> LocalBoxFuture<'a, Answers<Written>>;

    /// Checks, after the last write, that what was written is still there: that no other process answers.
    fn confirm(&self) -> LocalBoxFuture<'_, Result<(), EndpointError>>;

    /// Restores a function library, from the payload that `FUNCTION RESTORE` accepts (since Redis 7.0).
    ///
    /// Resolves to an error if there is no reply, or the destination refuses every library.
    fn restore_library<'a>(
        &'a self,
        payload: &'a [u8],
        on_existing: OnExisting,
    ) -> LocalBoxFuture<'a, Result<Restored, EndpointError>>;
}

/// The result of writing an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Written; the key did not exist.
    Copied,
    /// Written in place of the destination's own key.
    Replaced,
    /// Not written: the key exists.
    Existing,
    /// The destination refused this key.
    Failed(KeyRefusal),
    /// The destination refuses every key.
    Refused(EndpointProblem),
    /// It was sent, but no reply arrived: it may have been written.
    Unanswered,
    /// The same; a key of that name exists, but cannot be compared.
    Uncertain,
    /// It was not sent.
    NotSent,
}

/// The result of restoring a function library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    Done,
    /// Not restored: the library exists.
    Existing,
    /// The destination refused it, with this message.
    Failed(String),
}
