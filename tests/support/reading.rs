//! The canonical reading of a database: every key by value, independent of encodings and server versions.

use std::collections::{BTreeMap, BTreeSet};

use super::stream::Part;
use super::{Client, Pipeline, Reply, words};

/// Keys that are read together.
const CHUNK: usize = 250;

/// A whole database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading(pub BTreeMap<Vec<u8>, KeyReading>);

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReading {
    /// Unix time in ms at which it expires.
    pub expires_at: Option<i64>,
    /// What it holds.
    pub value: Value,
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// The bytes.
    String(Vec<u8>),
    /// The elements in order.
    List(Vec<Vec<u8>>),
    /// The members.
    Set(BTreeSet<Vec<u8>>),
    /// Value and expiry by field.
    Hash(BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>),
    /// Score by member, as the bits of the number: text differs between versions, and 0 is not -0.
    SortedSet(BTreeMap<Vec<u8>, u64>),
    /// Entries, groups, consumers, pending entries.
    Stream(Part),
    /// A module's type: its name, and the payload of `DUMP` without the footer.
    Other(String, Vec<u8>),
}

impl Value {
    /// The name that `TYPE` gives it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Hash(_) => "hash",
            Self::SortedSet(_) => "zset",
            Self::Stream(_) => "stream",
            Self::Other(name, _) => name,
        }
    }
}

impl Reading {
    /// Reads the database that the connection has selected.
    pub fn of(client: &mut Client) -> Self {
        let abilities = Abilities::of(client);
        let keys: Vec<Vec<u8>> = keys(client).into_iter().collect();
        let mut entries = BTreeMap::new();
        for chunk in keys.chunks(CHUNK) {
            let types = types(client, chunk);
            let present: Vec<(&Vec<u8>, String)> = chunk.iter().zip(types).filter(|(_, name)| name != "none").collect();
            let expiries = expiries(client, &present, abilities);
            let values = values(client, &present, abilities);
            for (((key, _), expires_at), value) in present.into_iter().zip(expiries).zip(values) {
                entries.insert(key.clone(), KeyReading { expires_at, value });
            }
        }
        Self(entries)
    }

    /// Its keys as text, in order.
    pub fn names(&self) -> Vec<String> {
        self.0.keys().map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }

    /// One key of it.
    #[track_caller]
    pub fn key(&self, key: impl AsRef<[u8]>) -> &KeyReading {
        let key = key.as_ref();
        self.0.get(key).unwrap_or_else(|| panic!("there is no key {}", super::shown(key)))
    }
}

/// Commands that only newer servers have.
#[derive(Clone, Copy)]
struct Abilities {
    pexpiretime: bool,
    hpexpiretime: bool,
}

impl Abilities {
    fn of(client: &mut Client) -> Self {
        let mut supports = |name: &str| client.run(words!["COMMAND", "INFO", name]).array() != [Reply::Nil];
        Self { pexpiretime: supports("PEXPIRETIME"), hpexpiretime: supports("HPEXPIRETIME") }
    }
}

fn keys(client: &mut Client) -> BTreeSet<Vec<u8>> {
    let mut keys = BTreeSet::new();
    let mut cursor = b"0".to_vec();
    loop {
        let mut reply = client.run(words!["SCAN", cursor, "COUNT", 2000]).array();
        keys.extend(reply.remove(1).array().into_iter().map(Reply::bytes));
        cursor = reply.remove(0).bytes();
        if cursor == b"0" {
            return keys;
        }
    }
}

fn types(client: &mut Client, keys: &[Vec<u8>]) -> Vec<String> {
    let mut pipeline = Pipeline::new();
    for key in keys {
        pipeline.add(words!["TYPE", key]);
    }
    client.run_all(&pipeline).into_iter().map(Reply::text).collect()
}

fn expiries(client: &mut Client, keys: &[(&Vec<u8>, String)], abilities: Abilities) -> Vec<Option<i64>> {
    if !abilities.pexpiretime {
        return keys.chunks(20).flat_map(|few| expiries_by_clock(client, few)).collect();
    }
    let mut pipeline = Pipeline::new();
    for (key, _) in keys {
        pipeline.add(words!["PEXPIRETIME", key]);
    }
    client.run_all(&pipeline).into_iter().map(|reply| moment(reply.integer())).collect()
}

/// Reads the remaining time and the clock again until both belong to one millisecond: then their sum is exact.
fn expiries_by_clock(client: &mut Client, keys: &[(&Vec<u8>, String)]) -> Vec<Option<i64>> {
    let mut pipeline = Pipeline::new();
    pipeline.add(words!["TIME"]);
    for (key, _) in keys {
        pipeline.add(words!["PTTL", key]);
    }
    pipeline.add(words!["TIME"]);
    loop {
        let mut replies = client.run_all(&pipeline);
        let after = milliseconds(replies.pop().expect("the second TIME"));
        let before = milliseconds(replies.remove(0));
        if before == after {
            return replies.into_iter().map(|left| moment(left.integer()).map(|left| before + left)).collect();
        }
    }
}

fn milliseconds(time: Reply) -> i64 {
    let mut parts = time.array().into_iter().map(|part| part.text().parse::<i64>().expect("a number"));
    let (seconds, micros) = (parts.next().expect("seconds"), parts.next().expect("microseconds"));
    seconds * 1000 + micros / 1000
}

/// A negative number means that there is no expiry.
fn moment(number: i64) -> Option<i64> {
    (number >= 0).then_some(number)
}

fn values(client: &mut Client, keys: &[(&Vec<u8>, String)], abilities: Abilities) -> Vec<Value> {
    let mut pipeline = Pipeline::new();
    for (key, name) in keys {
        match name.as_str() {
            "string" => pipeline.add(words!["GET", key]),
            "list" => pipeline.add(words!["LRANGE", key, 0, -1]),
            "set" => pipeline.add(words!["SMEMBERS", key]),
            "hash" => pipeline.add(words!["HGETALL", key]),
            "zset" => pipeline.add(words!["ZRANGE", key, 0, -1, "WITHSCORES"]),
            "stream" => pipeline.add(words!["XINFO", "STREAM", key, "FULL", "COUNT", 0]),
            _ => pipeline.add(words!["DUMP", key]),
        }
    }
    let replies = client.run_all(&pipeline);
    let mut values: Vec<Value> = keys.iter().zip(replies).map(|((_, name), reply)| value(name, reply)).collect();
    if abilities.hpexpiretime {
        add_field_expiries(client, keys, &mut values);
    }
    values
}

fn value(name: &str, reply: Reply) -> Value {
    let bytes = |reply: Reply| reply.array().into_iter().map(Reply::bytes);
    match name {
        "string" => Value::String(reply.bytes()),
        "list" => Value::List(bytes(reply).collect()),
        "set" => Value::Set(bytes(reply).collect()),
        "hash" => Value::Hash(pairs(bytes(reply)).map(|(field, value)| (field, (value, None))).collect()),
        "zset" => Value::SortedSet(pairs(bytes(reply)).map(|(member, score)| (member, score_bits(&score))).collect()),
        "stream" => Value::Stream(Part::stream(reply)),
        _ => {
            let mut payload = reply.bytes();
            payload.truncate(payload.len().saturating_sub(FOOTER));
            Value::Other(name.to_owned(), payload)
        }
    }
}

/// Version and checksum at the end of a `DUMP`.
const FOOTER: usize = 10;

fn pairs(mut items: impl Iterator<Item = Vec<u8>>) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    std::iter::from_fn(move || Some((items.next()?, items.next().expect("items come in pairs"))))
}

fn score_bits(score: &[u8]) -> u64 {
    let text = std::str::from_utf8(score).expect("a number");
    text.parse::<f64>().expect("a number").to_bits()
}

fn add_field_expiries(client: &mut Client, keys: &[(&Vec<u8>, String)], values: &mut [Value]) {
    let mut pipeline = Pipeline::new();
    let mut hashes = Vec::new();
    for ((key, _), value) in keys.iter().zip(values) {
        let Value::Hash(fields) = value else { continue };
        let mut command = words!["HPEXPIRETIME", key, "FIELDS", fields.len()].to_vec();
        command.extend(fields.keys().cloned());
        pipeline.add(command);
        hashes.push(fields);
    }
    for (fields, reply) in hashes.into_iter().zip(client.run_all(&pipeline)) {
        for (field, expiry) in fields.values_mut().zip(reply.array()) {
            field.1 = moment(expiry.integer());
        }
    }
}
