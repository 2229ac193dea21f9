//! The connections to a server that keys are written to.

use std::rc::Rc;

use super::Written;
use super::databases::DatabaseSessions;
use super::probe::confirmed;
use super::written::existed;
use crate::entry::{DbKey, Entry};
use crate::error::{Answers, EndpointError, Side};
use crate::job::{Endpoint, OnExisting};
use crate::payload::Target;
use crate::resp::{Reply, Request};
use crate::server::{Clock, Control, ServerFacts, Session};

/// The bytes of a command besides key and payload.
const COMMAND_BYTES: usize = 80;
/// The default of `proto-max-bulk-len`, for servers that do not report it.
const DEFAULT_MAX_BULK: usize = 512 << 20;

/// A server that keys are written to.
#[derive(Debug)]
pub struct DestinationNode {
    control: Control,
    /// The session of the destination's `db`.
    pub(super) own: Rc<Session>,
    pub(super) databases: DatabaseSessions,
    pub(super) server_facts: ServerFacts,
    clock: Clock,
    pub(super) on_existing: OnExisting,
    /// The longest payload that is accepted, in bytes.
    pub(super) longest: usize,
    pub(super) accepts: Target,
}

impl DestinationNode {
    /// Connects, and reads the facts and the limits of the server.
    pub async fn open(endpoint: &Endpoint, client_name: &str, on_existing: OnExisting) -> Result<Self, EndpointError> {
        let (control, data) = tokio::try_join!(
            Control::open(Side::Destination, endpoint, client_name),
            Session::open(Side::Destination, endpoint, client_name),
        )?;
        let longest = control.parameter("proto-max-bulk-len");
        let (server_facts, clock, longest, modules) =
            tokio::try_join!(control.facts(), control.clock(), longest, control.has_modules())?;
        let target = Target::of(server_facts.flavour, server_facts.kind_version());
        let target = if modules == Some(false) { target.without_modules() } else { target };
        let accepts = confirmed(&data, target).await?;
        let longest = longest.and_then(|bytes| bytes.parse().ok()).unwrap_or(DEFAULT_MAX_BULK);
        let own = Rc::new(data);
        let databases = DatabaseSessions::new(endpoint, client_name, Rc::clone(&own));
        Ok(Self { control, own, databases, server_facts, clock, on_existing, longest, accepts })
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Which keys of one database exist, in the order of the keys. The first request counts them all, because usually
    /// none or all exist. Only if the count is in between, each key is checked.
    pub(super) async fn exist_in(&self, session: &Session, keys: &[DbKey<'_>]) -> Result<Vec<bool>, EndpointError> {
        match self.count(session, keys).await? {
            Some(0) => Ok(vec![false; keys.len()]),
            Some(count) if count == keys.len() as u64 => Ok(vec![true; keys.len()]),
            _ => self.exist_each(session, keys).await,
        }
    }

    /// How many of the keys exist; `None` if the server does not answer. A cluster node does not accept keys of several
    /// slots in one command.
    async fn count(&self, session: &Session, keys: &[DbKey<'_>]) -> Result<Option<u64>, EndpointError> {
        if keys.is_empty() || self.server_facts.is_cluster_node() {
            return Ok(None);
        }
        let mut request = Request::with_capacity(keys.len() * COMMAND_BYTES);
        request.begin(keys.len() + 1).argument(b"EXISTS");
        for key in keys {
            request.argument(key.key.as_bytes());
        }
        Ok(match session.ask(request).await?.pop() {
            Some(Reply::Int(count)) => Some(count.unsigned_abs()),
            _ => None,
        })
    }

    async fn exist_each(&self, session: &Session, keys: &[DbKey<'_>]) -> Result<Vec<bool>, EndpointError> {
        let mut request = Request::with_capacity(keys.len() * COMMAND_BYTES);
        for key in keys {
            request.command(&[b"EXISTS", key.key.as_bytes()]);
        }
        let replies = session.ask(request).await?;
        let each =
            replies.iter().map(|reply| existed(reply).map_err(|problem| self.control.address().problem(problem)));
        each.collect()
    }

    /// Encodes entries of one database.
    pub(super) fn encode(&self, entries: &[Entry<'_>]) -> Pipeline {
        let mut request = Request::with_capacity(room(entries));
        for entry in entries {
            match self.on_existing {
                OnExisting::Skip => restore(request.begin(5), entry),
                OnExisting::Replace => {
                    request.command(&[b"EXISTS", entry.id.key.as_bytes()]);
                    restore(request.begin(6), entry).argument(b"REPLACE")
                }
            };
        }
        Pipeline { db: entries[0].id.db, entries: entries.len(), request }
    }

    pub(super) async fn send(&self, pipeline: Pipeline) -> Answers<Written> {
        let session = match self.databases.session(pipeline.db).await {
            Ok(session) => session,
            Err(error) => return pipeline.not_sent(Some(error)),
        };
        let answered = session.send(pipeline.request).await;
        let each = match self.on_existing {
            OnExisting::Skip => Written::of_restores(pipeline.entries, &answered),
            OnExisting::Replace => Written::of_replacements(pipeline.entries, &answered),
        };
        Answers { each, error: answered.error }
    }
}

/// Encoded entries of one database.
pub(super) struct Pipeline {
    db: u16,
    entries: usize,
    request: Request,
}

impl Pipeline {
    /// The answers for a pipeline that is not sent.
    pub fn not_sent(&self, error: Option<EndpointError>) -> Answers<Written> {
        Answers { each: vec![Written::NotSent; self.entries], error }
    }
}

/// `RESTORE key expires-at payload ABSTTL`; 0 means no expiry.
fn restore<'r>(request: &'r mut Request, entry: &Entry<'_>) -> &'r mut Request {
    request
        .argument(b"RESTORE")
        .argument(entry.id.key.as_bytes())
        .number(entry.expires_at.unwrap_or(0))
        .payload(entry.payload)
        .argument(b"ABSTTL")
}

/// The capacity for the commands that write entries.
fn room(entries: &[Entry<'_>]) -> usize {
    entries.iter().map(|entry| 2 * (entry.id.key.as_bytes().len() + COMMAND_BYTES) + Request::room(entry.payload)).sum()
}
