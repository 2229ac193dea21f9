//! The connections to a server that keys are written to.

use std::cell::Cell;
use std::rc::Rc;

use super::probe::confirmed;
use super::write::{Write, not_sent};
use super::written::{Existence, existed};
use super::{Destination, Written};
use crate::entry::{DbKey, Entry};
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::OnExisting;
use crate::payload::Target;
use crate::resp::{Reply, Request};
use crate::server::{
    Clock, Contact, Control, DatabaseSessions, Identity, PipelineReplies, Replication, ServerFacts, Session, Turn,
};

/// The bytes of a command besides key and payload.
const COMMAND_BYTES: usize = 80;
/// Connections besides those of databases: the control connection.
const OTHER_CONNECTIONS: usize = 1;
/// The default of `proto-max-bulk-len`, for servers that do not report it.
const DEFAULT_MAX_BULK: usize = 512 << 20;

/// A server that keys are written to.
#[derive(Debug)]
pub struct DestinationNode {
    control: Control,
    /// The session of the destination's `db`.
    pub(super) own: Rc<Session>,
    pub(super) databases: DatabaseSessions,
    asking: DatabaseSessions,
    pub(super) server_facts: ServerFacts,
    /// Whether it returns expiries as points of time; if not, as the time that is left.
    pub(super) is_absolute: bool,
    clock: Clock,
    /// `DBSIZE` before the first write, if the server hides its `run_id`.
    pub(super) keys_before: Option<u64>,
    /// Keys that were written to that database and did not exist.
    pub(super) copied: Cell<u64>,
    /// The longest payload that is accepted, in bytes.
    pub(super) longest: usize,
    pub(super) accepts: Target,
}

impl DestinationNode {
    /// Connects, unless it is done already for `control`, and reads the facts and the limits of the server.
    pub async fn open(contact: &Rc<Contact>, control: Option<Control>) -> Result<Self, EndpointError> {
        let (control, data) = tokio::try_join!(Control::or_open(control, contact), Session::open(contact))?;
        let longest = control.parameter("proto-max-bulk-len");
        let (server_facts, clock, longest, modules) =
            tokio::try_join!(control.facts(), control.clock(), longest, control.has_modules())?;
        if !server_facts.has_absttl() {
            let version = server_facts.version.to_string();
            return Err(contact.address().problem(EndpointProblem::TooOld { version, needed: "5.0" }));
        }
        let target = Target::of(server_facts.flavour, server_facts.kind_version());
        let target = if modules == Some(false) { target.without_modules() } else { target };
        // A replica does not remove expired keys, so the probe would leave one.
        let accepts = async { if server_facts.is_master() { confirmed(&data, target).await } else { Ok(target) } };
        let (accepts, is_absolute) = tokio::try_join!(accepts, data.has_pexpiretime(&server_facts))?;
        let longest = longest.and_then(|bytes| bytes.parse().ok()).unwrap_or(DEFAULT_MAX_BULK);
        let keys_before = if server_facts.run_id.is_empty() { control.key_count().await? } else { None };
        let own = Rc::new(data);
        let databases = DatabaseSessions::new(contact, Rc::clone(&own), OTHER_CONNECTIONS);
        let asking = DatabaseSessions::asking(contact, OTHER_CONNECTIONS);
        let copied = Cell::new(0);
        Ok(Self {
            control,
            own,
            databases,
            asking,
            server_facts,
            is_absolute,
            clock,
            keys_before,
            copied,
            longest,
            accepts,
        })
    }

    /// Closes the connections. A later request opens them again.
    pub async fn close(&self) {
        self.control.close().await;
        self.databases.close().await;
        self.asking.close().await;
        self.control.contact().closed().await;
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The sessions for keys whose slots the server, a node of a cluster, serves, or imports.
    pub(super) fn sessions(&self, asks: bool) -> &DatabaseSessions {
        if asks { &self.asking } else { &self.databases }
    }

    /// Which keys exist. With `asks`, their slots are imported.
    pub(super) async fn existence(&self, keys: &[DbKey<'_>], asks: bool) -> Answers<Existence> {
        let mut all = Answers { each: Vec::with_capacity(keys.len()), error: None };
        for of_one in keys.chunk_by(|one, next| one.db == next.db) {
            let asked = match self.sessions(asks).session(of_one[0].db).await {
                Ok(session) if all.error.is_none() => {
                    session.exchange(of_one, async |turn, keys| self.exist_in(turn, keys).await).await
                }
                session => Answers { each: vec![Existence::NotAsked; of_one.len()], error: session.err() },
            };
            all = all.and(asked);
        }
        all
    }

    /// Writes entries. With `asks`, their slots are imported.
    pub(super) async fn write_entries(
        &self,
        writes: &[Write<'_>],
        on_existing: OnExisting,
        asks: bool,
    ) -> Answers<Written> {
        let mut answers = Answers { each: Vec::new(), error: None };
        for of_one in writes.chunk_by(|one, next| one.entry.id.db == next.entry.id.db) {
            let written = if answers.error.is_none() {
                self.write_to_database(of_one, on_existing, asks).await
            } else {
                not_sent(of_one, None)
            };
            answers = answers.and(written);
        }
        answers
    }

    /// Which keys of one database exist, in the order of the keys. The first request counts them all, because usually
    /// none or all exist. Only if the count is in between, each key is checked.
    async fn exist_in(&self, turn: &Turn<'_>, keys: &[DbKey<'_>]) -> Answers<Existence> {
        match self.count(turn, keys).await {
            Ok(Some(0)) => Answers { each: vec![Existence::Known(false); keys.len()], error: None },
            Ok(Some(count)) if count == keys.len() as u64 => {
                Answers { each: vec![Existence::Known(true); keys.len()], error: None }
            }
            Ok(_) => self.exist_each(turn, keys).await,
            Err(error) => Answers { each: Vec::new(), error: Some(error) },
        }
    }

    /// How many of the keys exist; `None` if the server does not answer. A cluster node does not accept keys of several
    /// slots in one command.
    async fn count(&self, turn: &Turn<'_>, keys: &[DbKey<'_>]) -> Result<Option<u64>, EndpointError> {
        if keys.is_empty() || self.server_facts.is_cluster_node() {
            return Ok(None);
        }
        let mut request = Request::with_capacity(keys.len() * COMMAND_BYTES);
        request.begin(keys.len() + 1).argument(b"EXISTS");
        for key in keys {
            request.argument(key.key.as_bytes());
        }
        Ok(match turn.ask(request).await?.pop() {
            Some(Reply::Int(count)) => Some(count.unsigned_abs()),
            _ => None,
        })
    }

    async fn exist_each(&self, turn: &Turn<'_>, keys: &[DbKey<'_>]) -> Answers<Existence> {
        let mut request = turn.pipeline(keys.len() * COMMAND_BYTES);
        for key in keys {
            request.command(&[b"EXISTS", key.key.as_bytes()]);
        }
        let PipelineReplies { replies, error, .. } = turn.send(request).await;
        let existence = |reply| match existed(reply) {
            Ok(existed) => Existence::Known(existed),
            Err(problem) => Existence::Refused(problem),
        };
        Answers { each: replies.iter().map(existence).collect(), error }
    }

    /// Checks that the process and its data are the same as before. If the server hides its `run_id`, a database with
    /// far fewer keys after a reconnect is another one.
    pub(super) async fn confirm_process(&self) -> Result<(), EndpointError> {
        self.control.look_up_again().await;
        let facts = self.control.facts().await?;
        // The histories are compared below: on the same connection, they may change.
        self.control.contact().recognise(&Identity { run_id: facts.run_id.clone(), ..Identity::default() })?;
        if facts.replication == Replication::ReadOnlyReplica || facts.was_replica_since(&self.server_facts) {
            return Err(self.problem(EndpointProblem::WasReplica));
        }
        let Some(keys_before) = self.keys_before.filter(|_| self.control.contact().may_be_another()) else {
            return Ok(());
        };
        let before = keys_before + self.copied.get();
        match self.control.key_count().await? {
            Some(now) if now < before / 2 => Err(self.problem(EndpointProblem::FewerKeys { before, now })),
            _ => Ok(()),
        }
    }

    /// Sends entries of one database once.
    pub(super) async fn write_once<'e>(
        &self,
        turn: &Turn<'_>,
        entries: impl ExactSizeIterator<Item = &'e Entry<'e>> + Clone,
        on_existing: OnExisting,
    ) -> Answers<Written> {
        let count = entries.len();
        let answered = turn.send(encode(turn, entries, on_existing)).await;
        let each = match on_existing {
            OnExisting::Skip => Written::of_restores(count, &answered),
            OnExisting::Replace => Written::of_replacements(count, &answered),
        };
        Answers { each, error: answered.error }
    }
}

/// Encodes entries of one database.
fn encode<'e>(
    turn: &Turn<'_>,
    entries: impl ExactSizeIterator<Item = &'e Entry<'e>> + Clone,
    on_existing: OnExisting,
) -> Request {
    let mut request = turn.pipeline(room(entries.clone()));
    for entry in entries {
        match on_existing {
            OnExisting::Skip => restore(request.begin(5), entry),
            OnExisting::Replace => {
                request.command(&[b"EXISTS", entry.id.key.as_bytes()]);
                restore(request.begin(6), entry).argument(b"REPLACE")
            }
        };
    }
    request
}

/// `RESTORE key expires-at payload ABSTTL`; 0 means no expiry.
fn restore<'r>(request: &'r mut Request, entry: &Entry<'_>) -> &'r mut Request {
    request
        .encoded(b"$7\r\nRESTORE\r\n")
        .argument(entry.id.key.as_bytes())
        .number(entry.expires_at.unwrap_or(0))
        .payload(entry.payload)
        .encoded(b"$6\r\nABSTTL\r\n")
}

/// The capacity for the commands that write entries.
fn room<'e>(entries: impl Iterator<Item = &'e Entry<'e>>) -> usize {
    entries.map(|entry| 2 * (entry.id.key.as_bytes().len() + COMMAND_BYTES) + Request::room(entry.payload)).sum()
}
