//! A single server as a source.

use super::reading::{Expiry, Look, Reading};
use crate::entry::Key;
use crate::error::{EndpointError, Side};
use crate::job::{Endpoint, Selection};
use crate::payload::Origin;
use crate::resp::{Reply, Request};
use crate::server::{Channel, Clock, Connection, NOBODYS_KEY, Refusal, ServerFacts};

/// Room for one short command about a key.
const COMMAND: usize = 40;
/// A clock that is read before and after a key tells its expiry for sure if no more ms have gone by.
const SURE_MS: u64 = 5;
/// Expiries that are asked for again at once: their commands fit into what a server reads in one go, 16 KiB, unless
/// keys are long.
const AGAIN_AT_ONCE: usize = 50;

/// A server that keys are read from. Values come over a channel of their own, so that no
/// `SCAN` has to wait behind them.
#[derive(Debug)]
pub struct Server {
    control: Connection,
    scan: Channel,
    data: Channel,
    facts: ServerFacts,
    clock: Clock,
    /// As whom we are logged in.
    user: String,
}

/// What one `SCAN` handed out.
#[derive(Debug)]
pub struct Page {
    /// Where the next one goes on; 0 at the end.
    pub cursor: u64,
    /// The keys, none at all at times.
    pub keys: Vec<Key>,
}

impl Server {
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
        let user = endpoint.username.clone().unwrap_or_else(|| "default".to_owned());
        Ok(Self { control, scan, data, facts, clock, user })
    }

    /// What the server is.
    #[must_use]
    pub fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    /// Who writes its payloads.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(self.facts.flavour, self.facts.kind_version())
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

    /// Tries what every key needs: whoever may not do it is told so before a key has moved. Servers from Redis 7.0 on say
    /// what a user may without its being done; elsewhere it is done, to a key that nobody has.
    ///
    /// # Errors
    ///
    /// The server refuses, whatever the key.
    pub async fn rehearse(&self, selection: &Selection) -> Result<(), EndpointError> {
        let when: &[u8] = if self.facts.has_pexpiretime() { b"PEXPIRETIME" } else { b"PTTL" };
        // A cursor that is none is refused as such by whoever would take another.
        let mut commands = vec![[&b"SCAN"[..], NOBODYS_KEY], [when, NOBODYS_KEY], [b"DUMP", NOBODYS_KEY]];
        if self.asks_types(selection) {
            commands.push([b"TYPE", NOBODYS_KEY]);
        }
        let mut question = Request::default();
        for [command, key] in &commands {
            question.command(&[b"ACL", b"DRYRUN", self.user.as_bytes(), command, key]);
        }
        let mut trial = Request::default();
        for (command, answer) in commands.iter().zip(self.data.ask(question).await?) {
            match answer {
                Reply::Status(_) => {}
                // Not to be permitted this key says nothing of others.
                Reply::Bulk(refusal) => {
                    let said = format!("NOPERM {}", String::from_utf8_lossy(&refusal));
                    if let Refusal::Server(problem) = Refusal::of(&said) {
                        return Err(self.data.address().problem(problem));
                    }
                }
                _ => {
                    trial.command(command);
                }
            }
        }
        self.data.try_out(trial).await.map(drop)
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
    pub async fn types(&self, keys: impl ExactSizeIterator<Item = &Key>) -> Result<Vec<Reply>, EndpointError> {
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
    pub async fn look(&self, keys: impl ExactSizeIterator<Item = &Key>) -> Result<Vec<Look>, EndpointError> {
        let count = keys.len();
        let mut request = Request::with_capacity(count * 2 * COMMAND);
        for key in keys {
            request.command(&[b"TYPE", key.as_bytes()]).command(&[b"PTTL", key.as_bytes()]);
        }
        let mut replies = self.data.ask(request).await?.into_iter();
        let mut next = || replies.next().unwrap_or(Reply::Nil);
        Ok((0..count).map(|_| Look::of(&next(), &next())).collect())
    }

    /// What keys take in the server's memory, in bytes, by `MEMORY USAGE`; `None` for a key that it does not tell of.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn memory_usage(&self, keys: impl Iterator<Item = &Key>) -> Result<Vec<Option<u64>>, EndpointError> {
        let mut request = Request::default();
        for key in keys {
            request.command(&[b"MEMORY", b"USAGE", key.as_bytes()]);
        }
        let bytes = |reply: &Reply| if let Reply::Int(bytes) = reply { u64::try_from(*bytes).ok() } else { None };
        Ok(self.data.ask(request).await?.iter().map(bytes).collect())
    }

    /// Reads keys: when each expires, and its payload, side by side.
    ///
    /// # Errors
    ///
    /// The replies are not all there. The keys come back, for somebody to account for them.
    pub async fn read(&self, keys: Vec<Key>) -> Result<Vec<Reading>, (Vec<Key>, EndpointError)> {
        if self.facts.has_pexpiretime() {
            return match self.data.ask(read_absolute(&keys)).await {
                Ok(replies) => Ok(readings(keys, replies)),
                Err(error) => Err((keys, error)),
            };
        }
        let replies = match self.data.ask(read_by_clock(&keys)).await {
            Ok(replies) => replies,
            Err(error) => return Err((keys, error)),
        };
        let (timed, unsure) = timed_readings(keys, replies);
        self.sure(timed, &unsure).await
    }

    /// Asks again for expiries that were told so slowly that they are not sure, a few at a time, so that the
    /// server reads and answers each few in one go.
    async fn sure(
        &self,
        mut readings: Vec<Reading>,
        unsure: &[usize],
    ) -> Result<Vec<Reading>, (Vec<Key>, EndpointError)> {
        for few in unsure.chunks(AGAIN_AT_ONCE) {
            let mut request = Request::default();
            for &index in few {
                request.command(&[b"TIME"]).command(&[b"PTTL", readings[index].key().as_bytes()]);
            }
            let replies = match self.data.ask(request).await {
                Ok(replies) => replies,
                Err(error) => return Err((readings.iter().map(|reading| reading.key().clone()).collect(), error)),
            };
            for (&index, pair) in few.iter().zip(replies.chunks(2)) {
                readings[index].expires(time_ms(&pair[0]).map(Expiry::From), &pair[1]);
            }
        }
        Ok(readings)
    }
}

/// The readings that replies to [`read_absolute`] come to.
fn readings(keys: Vec<Key>, replies: Vec<Reply>) -> Vec<Reading> {
    let mut replies = replies.into_iter();
    let mut next = || replies.next().unwrap_or(Reply::Nil);
    keys.into_iter().map(|key| Reading::of(key, Some(Expiry::Absolute), &next(), next())).collect()
}

/// The readings that replies to [`read_by_clock`] come to, and which of them are not sure of their expiry.
fn timed_readings(keys: Vec<Key>, replies: Vec<Reply>) -> (Vec<Reading>, Vec<usize>) {
    let mut replies = replies.into_iter();
    let mut next = || replies.next().unwrap_or(Reply::Nil);
    let (mut readings, mut unsure) = (Vec::with_capacity(keys.len()), Vec::new());
    let mut before = time_ms(&next());
    for key in keys {
        let (left, dump, after) = (next(), next(), time_ms(&next()));
        let expires = matches!(left, Reply::Int(0..));
        if expires && after.zip(before).is_none_or(|(after, before)| after > before + SURE_MS) {
            unsure.push(readings.len());
        }
        readings.push(Reading::of(key, before.map(Expiry::From), &left, dump));
        before = after;
    }
    (readings, unsure)
}

fn read_absolute(keys: &[Key]) -> Request {
    let mut request = Request::with_capacity(keys.iter().map(|key| 2 * (key.as_bytes().len() + COMMAND)).sum());
    for key in keys {
        request.command(&[b"PEXPIRETIME", key.as_bytes()]).command(&[b"DUMP", key.as_bytes()]);
    }
    request
}

/// The clock is asked before each key and after the last: others may be served in between, and values take their time.
fn read_by_clock(keys: &[Key]) -> Request {
    let mut request = Request::with_capacity(keys.iter().map(|key| 2 * (key.as_bytes().len() + COMMAND)).sum());
    request.command(&[b"TIME"]);
    for key in keys {
        request.command(&[b"PTTL", key.as_bytes()]).command(&[b"DUMP", key.as_bytes()]).command(&[b"TIME"]);
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
