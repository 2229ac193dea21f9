//! A single server as a source.

use redis::{Value, from_redis_value};

use super::reading::{Expiry, Look, Reading};
use crate::entry::Key;
use crate::error::{EndpointError, Side};
use crate::job::{Endpoint, Selection};
use crate::server::{Clock, Connection, ServerFacts, time_ms};

/// A server that keys are read from. Values come over a connection of their own, so that no
/// `SCAN` has to wait behind them.
#[derive(Debug)]
pub struct Source {
    scan: Connection,
    data: Connection,
    facts: ServerFacts,
    clock: Clock,
}

/// What one `SCAN` handed out.
#[derive(Debug)]
pub struct Page {
    /// Where the next one goes on; 0 at the end.
    pub cursor: u64,
    /// The keys, none at all at times.
    pub keys: Vec<Key>,
}

impl Source {
    /// Connects, and learns what the server is.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or refuses what is needed.
    pub async fn open(endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let scan = Connection::open(Side::Source, endpoint, client_name).await?;
        let data = Connection::open(Side::Source, endpoint, client_name).await?;
        let facts = scan.facts().await?;
        let clock = Clock::read(&scan).await?;
        Ok(Self { scan, data, facts, clock })
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

    /// The connection for questions, which no value keeps waiting.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.scan
    }

    /// How many keys the database has.
    ///
    /// # Errors
    ///
    /// The server does not say.
    pub async fn key_count(&self) -> Result<u64, EndpointError> {
        let reply = self.scan.demand(&redis::cmd("DBSIZE")).await?;
        from_redis_value(reply).map_err(|_| self.scan.not_understood("`DBSIZE` without a number"))
    }

    /// Whether types have to be asked for key by key, as `SCAN` cannot sort them out.
    #[must_use]
    pub fn asks_types(&self, selection: &Selection) -> bool {
        selection.types.len() > 1 || (selection.types.len() == 1 && !self.facts.has_scan_type())
    }

    /// One step of the walk: `SCAN` from `cursor`, with what of the selection can travel.
    ///
    /// # Errors
    ///
    /// The server is gone, or refuses.
    pub async fn scan(&self, cursor: u64, selection: &Selection, count: u32) -> Result<Page, EndpointError> {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor);
        if let Some(glob) = selection.scan_match() {
            scan.arg("MATCH").arg(glob.as_str());
        }
        scan.arg("COUNT").arg(count);
        if let Some(type_name) = selection.scan_type().filter(|_| self.facts.has_scan_type()) {
            scan.arg("TYPE").arg(type_name);
        }
        page(self.scan.demand(&scan).await?).ok_or_else(|| self.scan.not_understood("`SCAN` without cursor and keys"))
    }

    /// The types of keys, by the names that `TYPE` gives; `none` for one that is gone.
    ///
    /// # Errors
    ///
    /// The server is gone, or refuses.
    pub async fn types(&self, keys: &[Key]) -> Result<Vec<Value>, EndpointError> {
        let mut pipeline = redis::Pipeline::with_capacity(keys.len());
        for key in keys {
            pipeline.cmd("TYPE").arg(key.as_bytes());
        }
        self.data.pipeline(&pipeline, keys.len()).await
    }

    /// Looks at keys: their types, and whether they expire.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn look(&self, keys: &[Key]) -> Result<Vec<Look>, EndpointError> {
        let mut pipeline = redis::Pipeline::with_capacity(keys.len() * 2);
        for key in keys {
            pipeline.cmd("TYPE").arg(key.as_bytes());
            pipeline.cmd("PTTL").arg(key.as_bytes());
        }
        let mut replies = self.data.pipeline(&pipeline, keys.len() * 2).await?.into_iter();
        let mut next = || replies.next().unwrap_or(Value::Nil);
        Ok(keys.iter().map(|_| Look::of(next(), &next())).collect())
    }

    /// What keys take in the server's memory, in bytes; an error reply where the server does not say.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn memory_usage<'k>(
        &self,
        keys: impl ExactSizeIterator<Item = &'k Key>,
    ) -> Result<Vec<Value>, EndpointError> {
        let count = keys.len();
        let mut pipeline = redis::Pipeline::with_capacity(count);
        for key in keys {
            pipeline.cmd("MEMORY").arg("USAGE").arg(key.as_bytes());
        }
        self.data.pipeline(&pipeline, count).await
    }

    /// Reads keys: when each expires, and its payload, side by side.
    ///
    /// # Errors
    ///
    /// The replies are not all there. Which keys they were for is for the caller to know.
    pub async fn read(&self, keys: Vec<Key>) -> Result<Vec<Reading>, (Vec<Key>, EndpointError)> {
        let absolute = self.facts.has_pexpiretime();
        let mut pipeline = redis::Pipeline::with_capacity(keys.len() * 2 + 1);
        if !absolute {
            pipeline.cmd("TIME");
        }
        for key in &keys {
            pipeline.cmd(if absolute { "PEXPIRETIME" } else { "PTTL" }).arg(key.as_bytes());
            pipeline.cmd("DUMP").arg(key.as_bytes());
        }
        let count = keys.len() * 2 + usize::from(!absolute);
        let mut replies = match self.data.pipeline(&pipeline, count).await {
            Ok(replies) => replies.into_iter(),
            Err(error) => return Err((keys, error)),
        };
        let expiry = if absolute {
            Expiry::Absolute
        } else {
            match replies.next().and_then(time_ms) {
                Some(now) => Expiry::From(now),
                None => return Err((keys, self.data.not_understood("`TIME` without seconds"))),
            }
        };
        let mut next = || replies.next().unwrap_or(Value::Nil);
        Ok(keys.into_iter().map(|key| Reading::of(key, expiry, next(), next())).collect())
    }
}

fn page(reply: Value) -> Option<Page> {
    let Value::Array(parts) = reply else { return None };
    let [cursor, Value::Array(keys)] = <[Value; 2]>::try_from(parts).ok()? else { return None };
    let keys = keys.into_iter().map(|key| match key {
        Value::BulkString(bytes) => Some(Key::from(bytes)),
        _ => None,
    });
    Some(Page { cursor: from_redis_value(cursor).ok()?, keys: keys.collect::<Option<_>>()? })
}
