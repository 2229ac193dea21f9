//! A single server as a destination.

use std::rc::Rc;

use super::Written;
use super::databases::Databases;
use crate::entry::{Entry, Key};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::{Endpoint, OnExisting};
use crate::payload::{Target, probe};
use crate::resp::{Reply, Request};
use crate::server::{Channel, Clock, Connection, NOBODYS_KEY, Refusal, ServerFacts};

/// Room for what of a command is neither key nor payload.
const COMMAND: usize = 80;
/// `proto-max-bulk-len` where the server does not tell: the default of all servers.
const LONGEST: usize = 512 << 20;
/// The RDB versions that payloads may carry, of those that servers with `ABSTTL` know.
const RDB_VERSIONS: [u16; 9] = [80, 15, 14, 13, 12, 11, 10, 9, 8];

/// A server that keys are written to.
#[derive(Debug)]
pub struct Destination {
    control: Connection,
    /// Of the database that the job names.
    pub(super) own: Rc<Channel>,
    databases: Databases,
    facts: ServerFacts,
    clock: Clock,
    pub(super) on_existing: OnExisting,
    /// The longest payload that is taken, in bytes.
    longest: usize,
    target: Target,
}

impl Destination {
    /// Connects, and learns what the server is.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or refuses what is needed.
    pub async fn open(endpoint: &Endpoint, client_name: &str, on_existing: OnExisting) -> Result<Self, EndpointError> {
        let (control, data) = tokio::try_join!(
            Connection::open(Side::Destination, endpoint, client_name),
            Channel::open(Side::Destination, endpoint, client_name),
        )?;
        let longest = control.parameter("proto-max-bulk-len");
        let (facts, clock, longest, modules) =
            tokio::try_join!(control.facts(), control.clock(), longest, control.has_modules())?;
        let target = Target::of(facts.flavour, facts.kind_version());
        let target = if modules == Some(false) { target.without_modules() } else { target };
        let target = confirmed(&data, target).await?;
        let longest = longest.and_then(|bytes| bytes.parse().ok()).unwrap_or(LONGEST);
        let own = Rc::new(data);
        let databases = Databases::new(endpoint, client_name, Rc::clone(&own));
        Ok(Self { control, own, databases, facts, clock, on_existing, longest, target })
    }

    /// What the server is.
    #[must_use]
    pub fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    /// The server's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What its `RESTORE` takes.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What speaks against sending an entry at all: a server that is sent too long a text hangs up.
    #[must_use]
    pub fn objection(&self, entry: &Entry) -> Option<String> {
        let bytes = entry.payload.len();
        let longest = self.longest;
        (bytes > longest).then(|| {
            format!(
                "its payload of {bytes} bytes is longer than the destination takes (`proto-max-bulk-len` is {longest})"
            )
        })
    }

    /// The connection for questions about the server as a whole.
    #[must_use]
    pub fn control(&self) -> &Connection {
        &self.control
    }

    /// The channel of a database; `None` is the one that the job names.
    ///
    /// # Errors
    ///
    /// The server has no such database, or cannot be reached.
    pub async fn channel(&self, db: Option<u16>) -> Result<Rc<Channel>, EndpointError> {
        match db {
            None => Ok(Rc::clone(&self.own)),
            Some(db) => self.databases.channel(db).await,
        }
    }

    /// Asks which keys a database has, in the keys' order: all in one question first, as the answer to that is
    /// mostly "none" or "all"; one by one where it is neither. An error reply about a key is no answer: that key
    /// counts as new, and its `RESTORE` will say what is wrong.
    ///
    /// # Errors
    ///
    /// The server is gone, or refuses whatever the key.
    pub async fn have(&self, db: Option<u16>, keys: &[&Key]) -> Result<Vec<bool>, EndpointError> {
        let channel = self.channel(db).await?;
        match self.count(&channel, keys).await? {
            Some(0) => Ok(vec![false; keys.len()]),
            Some(count) if count == keys.len() as u64 => Ok(vec![true; keys.len()]),
            _ => self.have_each(&channel, keys).await,
        }
    }

    /// How many of the keys are there, if the server answers that. Keys of a cluster's several slots cannot
    /// be asked for together.
    async fn count(&self, channel: &Channel, keys: &[&Key]) -> Result<Option<u64>, EndpointError> {
        if keys.is_empty() || self.facts.mode == "cluster" {
            return Ok(None);
        }
        let mut request = Request::with_capacity(keys.len() * COMMAND);
        request.begin(keys.len() + 1).argument(b"EXISTS");
        for key in keys {
            request.argument(key.as_bytes());
        }
        Ok(match channel.ask(request).await?.pop() {
            Some(Reply::Int(count)) => Some(count.unsigned_abs()),
            _ => None,
        })
    }

    async fn have_each(&self, channel: &Channel, keys: &[&Key]) -> Result<Vec<bool>, EndpointError> {
        let mut request = Request::with_capacity(keys.len() * COMMAND);
        for key in keys {
            request.command(&[b"EXISTS", key.as_bytes()]);
        }
        let replies = channel.ask(request).await?;
        replies.iter().map(|reply| self.exists(reply)).collect()
    }

    /// Writes entries of one database, over its channel, in one pipeline; the answers are in the entries' order.
    ///
    /// # Errors
    ///
    /// The replies are not all there: the entries may have arrived or not.
    pub async fn write(&self, channel: &Channel, entries: &[Entry]) -> Result<Vec<Written>, EndpointError> {
        let mut request = Request::with_capacity(room(entries));
        match self.on_existing {
            OnExisting::Skip => {
                for entry in entries {
                    restore(request.begin(5), entry);
                }
                let replies = channel.ask(request).await?;
                Ok(replies.iter().map(|reply| Written::of(reply, false)).collect())
            }
            OnExisting::Replace => {
                for entry in entries {
                    request.command(&[b"EXISTS", entry.key.as_bytes()]);
                    restore(request.begin(6), entry).argument(b"REPLACE");
                }
                let replies = channel.ask(request).await?;
                Ok(replies.chunks(2).map(|pair| self.replaced(&pair[0], &pair[1])).collect())
            }
        }
    }

    fn replaced(&self, exists: &Reply, restore: &Reply) -> Written {
        match self.exists(exists) {
            Ok(existed) => Written::of(restore, existed),
            Err(error) => Written::Refused(error.problem),
        }
    }

    fn exists(&self, reply: &Reply) -> Result<bool, EndpointError> {
        let problem = match (reply, reply.error()) {
            (Reply::Int(count), _) => return Ok(*count > 0),
            (_, Some(said)) => match Refusal::of(&said) {
                Refusal::Server(problem) => problem,
                Refusal::Key(_) | Refusal::KeyExists => return Ok(false),
            },
            (other, None) => EndpointProblem::Protocol(format!("{} to `EXISTS`", other.kind())),
        };
        Err(self.control.address().problem(problem))
    }
}

/// What a destination really takes: tried with a payload that expired long ago. It is examined, but no key is made of it
/// (`restoreCommand` in `cluster.c`). Whoever must not write, or is full, says so here, before a key has moved.
async fn confirmed(data: &Channel, target: Target) -> Result<Target, EndpointError> {
    let lower = RDB_VERSIONS.into_iter().filter(|version| *version < target.reads());
    for reads in std::iter::once(target.reads()).chain(lower) {
        let mut request = Request::default();
        request.command(&[b"EXISTS", NOBODYS_KEY]);
        request.command(&[b"RESTORE", NOBODYS_KEY, b"1", &probe(reads), b"ABSTTL"]);
        let refused = data.try_out(request).await?;
        if !refused.iter().any(|said| said.contains("DUMP payload version")) {
            return Ok(if reads == target.reads() { target } else { target.reading_up_to(reads) });
        }
    }
    let problem = "it takes no payload of any version that we know".to_owned();
    Err(data.address().problem(EndpointProblem::Refused(problem)))
}

/// `RESTORE key expires-at payload ABSTTL`, where 0 is never.
fn restore<'r>(request: &'r mut Request, entry: &Entry) -> &'r mut Request {
    request
        .argument(b"RESTORE")
        .argument(entry.key.as_bytes())
        .number(entry.expires_at.unwrap_or(0))
        .payload(&entry.payload)
        .argument(b"ABSTTL")
}

/// Room for the commands that write entries.
fn room(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| 2 * (entry.key.as_bytes().len() + COMMAND) + Request::room(&entry.payload)).sum()
}
