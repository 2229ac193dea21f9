//! A single server as a destination.

use redis::Value;

use super::Written;
use crate::entry::{Entry, Key};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::{Endpoint, OnExisting};
use crate::server::{Clock, Connection, Refusal, ServerFacts, said};

/// A server that keys are written to.
#[derive(Debug)]
pub struct Destination {
    connection: Connection,
    facts: ServerFacts,
    clock: Clock,
    on_existing: OnExisting,
}

impl Destination {
    /// Connects, and learns what the server is.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or refuses what is needed.
    pub async fn open(endpoint: &Endpoint, client_name: &str, on_existing: OnExisting) -> Result<Self, EndpointError> {
        let connection = Connection::open(Side::Destination, endpoint, client_name).await?;
        let facts = connection.facts().await?;
        let clock = Clock::read(&connection).await?;
        Ok(Self { connection, facts, clock, on_existing })
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

    /// The connection itself, for questions.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Asks which keys are there, in the keys' order. An error reply is no answer: that key counts as new,
    /// and its `RESTORE` will say what is wrong.
    ///
    /// # Errors
    ///
    /// The server is gone, or refuses whatever the key.
    pub async fn have(&self, keys: &[Key]) -> Result<Vec<bool>, EndpointError> {
        let mut pipeline = redis::Pipeline::with_capacity(keys.len());
        for key in keys {
            pipeline.cmd("EXISTS").arg(key.as_bytes());
        }
        let replies = self.connection.pipeline(&pipeline, keys.len()).await?;
        replies.iter().map(|reply| self.exists(reply)).collect()
    }

    /// Writes entries in one pipeline; the answers are in the entries' order.
    ///
    /// # Errors
    ///
    /// The replies are not all there: the entries may have arrived or not.
    pub async fn write(&self, entries: &[Entry]) -> Result<Vec<Written>, EndpointError> {
        match self.on_existing {
            OnExisting::Skip => {
                let replies = self.send(entries, 1, |pipeline, entry| restore(pipeline, entry)).await?;
                Ok(replies.iter().map(|reply| Written::of(reply, false)).collect())
            }
            OnExisting::Replace => {
                let replies = self.send(entries, 2, |pipeline, entry| {
                    pipeline.cmd("EXISTS").arg(entry.key.as_bytes());
                    restore(pipeline, entry);
                    pipeline.arg("REPLACE");
                });
                let replies = replies.await?;
                Ok(replies.chunks(2).map(|pair| self.replaced(&pair[0], &pair[1])).collect())
            }
        }
    }

    async fn send(
        &self,
        entries: &[Entry],
        replies_each: usize,
        add: impl Fn(&mut redis::Pipeline, &Entry),
    ) -> Result<Vec<Value>, EndpointError> {
        let mut pipeline = redis::Pipeline::with_capacity(entries.len() * replies_each);
        for entry in entries {
            add(&mut pipeline, entry);
        }
        self.connection.pipeline(&pipeline, entries.len() * replies_each).await
    }

    fn replaced(&self, exists: &Value, restore: &Value) -> Written {
        match self.exists(exists) {
            Ok(existed) => Written::of(restore, existed),
            Err(error) => Written::Refused(error.problem),
        }
    }

    fn exists(&self, reply: &Value) -> Result<bool, EndpointError> {
        let problem = match reply {
            Value::Int(count) => return Ok(*count > 0),
            Value::ServerError(error) => match Refusal::of(&said(error)) {
                Refusal::Server(problem) => problem,
                Refusal::Key(_) | Refusal::KeyExists => return Ok(false),
            },
            other => EndpointProblem::Protocol(format!("{other:?} to `EXISTS`")),
        };
        Err(self.connection.address().problem(problem))
    }
}

/// `RESTORE key expires-at payload ABSTTL`, where 0 is never.
fn restore(pipeline: &mut redis::Pipeline, entry: &Entry) {
    pipeline
        .cmd("RESTORE")
        .arg(entry.key.as_bytes())
        .arg(entry.expires_at.unwrap_or(0))
        .arg(&entry.payload[..])
        .arg("ABSTTL");
}
