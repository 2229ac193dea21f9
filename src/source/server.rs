//! A single server as a source.

use super::reading::{Expiry, Look, Reading};
use crate::entry::Key;
use crate::error::{EndpointError, Side};
use crate::job::{Endpoint, Selection};
use crate::server::{Channel, Clock, Connection, ServerFacts};
use crate::wire::{Reply, Request};

/// Room for one short command about a key.
const COMMAND: usize = 40;

/// A server that keys are read from. Values come over a channel of their own, so that no
/// `SCAN` has to wait behind them.
#[derive(Debug)]
pub struct Source {
    control: Connection,
    scan: Channel,
    data: Channel,
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
        let (control, scan, data) = tokio::try_join!(
            Connection::open(Side::Source, endpoint, client_name),
            Channel::open(Side::Source, endpoint, client_name),
            Channel::open(Side::Source, endpoint, client_name),
        )?;
        let (facts, clock) = tokio::try_join!(control.facts(), control.clock())?;
        Ok(Self { control, scan, data, facts, clock })
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

    /// The connection for questions about the server as a whole.
    #[must_use]
    pub fn control(&self) -> &Connection {
        &self.control
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
        let (cursor, count) = (cursor.to_string(), count.to_string());
        let mut scan: Vec<&[u8]> = vec![b"SCAN", cursor.as_bytes(), b"COUNT", count.as_bytes()];
        if let Some(glob) = selection.scan_match() {
            scan.extend([&b"MATCH"[..], glob.as_str().as_bytes()]);
        }
        if let Some(type_name) = selection.scan_type().filter(|_| self.facts.has_scan_type()) {
            scan.extend([&b"TYPE"[..], type_name.as_bytes()]);
        }
        let reply = self.scan.demand(&scan).await?;
        page(reply).ok_or_else(|| self.scan.address().not_understood("`SCAN` without cursor and keys"))
    }

    /// The types of keys: replies to `TYPE`.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn types(&self, keys: &[Key]) -> Result<Vec<Reply>, EndpointError> {
        let mut request = Request::with_capacity(keys.len() * COMMAND);
        for key in keys {
            request.command(&[b"TYPE", key.as_bytes()]);
        }
        self.data.ask(request).await
    }

    /// Looks at keys: their types, and whether they expire.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn look(&self, keys: &[Key]) -> Result<Vec<Look>, EndpointError> {
        let mut request = Request::with_capacity(keys.len() * 2 * COMMAND);
        for key in keys {
            request.command(&[b"TYPE", key.as_bytes()]).command(&[b"PTTL", key.as_bytes()]);
        }
        let mut replies = self.data.ask(request).await?.into_iter();
        let mut next = || replies.next().unwrap_or(Reply::Nil);
        Ok(keys.iter().map(|_| Look::of(&next(), &next())).collect())
    }

    /// What keys take in the server's memory: replies to `MEMORY USAGE`.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn memory_usage(&self, keys: impl Iterator<Item = &Key>) -> Result<Vec<Reply>, EndpointError> {
        let mut request = Request::default();
        for key in keys {
            request.command(&[b"MEMORY", b"USAGE", key.as_bytes()]);
        }
        self.data.ask(request).await
    }

    /// Reads keys: when each expires, and its payload, side by side.
    ///
    /// # Errors
    ///
    /// The replies are not all there. The keys come back, for somebody to account for them.
    pub async fn read(&self, keys: Vec<Key>) -> Result<Vec<Reading>, (Vec<Key>, EndpointError)> {
        let absolute = self.facts.has_pexpiretime();
        let request = if absolute { read_absolute(&keys) } else { read_by_clock(&keys) };
        let mut replies = match self.data.ask(request).await {
            Ok(replies) => replies.into_iter(),
            Err(error) => return Err((keys, error)),
        };
        let mut next = || replies.next().unwrap_or(Reply::Nil);
        let mut reading = |key: Key| {
            let expiry = if absolute { Some(Expiry::Absolute) } else { time_ms(&next()).map(Expiry::From) };
            Reading::of(key, expiry, &next(), next())
        };
        Ok(keys.into_iter().map(&mut reading).collect())
    }
}

fn read_absolute(keys: &[Key]) -> Request {
    let mut request = Request::with_capacity(keys.iter().map(|key| 2 * (key.as_bytes().len() + COMMAND)).sum());
    for key in keys {
        request.command(&[b"PEXPIRETIME", key.as_bytes()]).command(&[b"DUMP", key.as_bytes()]);
    }
    request
}

/// The clock is asked right before each key: the values in between take their time.
fn read_by_clock(keys: &[Key]) -> Request {
    let mut request = Request::with_capacity(keys.iter().map(|key| 2 * (key.as_bytes().len() + COMMAND)).sum());
    for key in keys {
        request.command(&[b"TIME"]).command(&[b"PTTL", key.as_bytes()]).command(&[b"DUMP", key.as_bytes()]);
    }
    request
}

fn page(reply: Reply) -> Option<Page> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(cursor), Reply::Array(keys)] = <[Reply; 2]>::try_from(parts).ok()? else { return None };
    let keys = keys.into_iter().map(|key| match key {
        Reply::Bulk(bytes) => Some(Key(bytes)),
        _ => None,
    });
    Some(Page { cursor: decimal(&cursor)?, keys: keys.collect::<Option<_>>()? })
}

/// Unix time in ms out of a reply to `TIME`: seconds, microseconds.
fn time_ms(reply: &Reply) -> Option<u64> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(seconds), Reply::Bulk(micros)] = parts.as_slice() else { return None };
    Some(decimal(seconds)? * 1000 + decimal(micros)? / 1000)
}

fn decimal(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
