//! How two databases differ.

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::reading::Value;
use super::{KeyReading, Pipeline, Reading, Reply, Server, shown, words};

/// The number of differences in a message.
const SHOWN: usize = 10;

/// Fails unless both hold the same keys with the same values and expiries.
#[track_caller]
pub fn assert_same(source: &Reading, destination: &Reading) {
    assert_same_within(source, destination, 0);
}

/// The same, but expiries may be off by some milliseconds: a server before 7.0 reports only the remaining time, and a
/// millisecond may pass before its clock is read.
#[track_caller]
pub fn assert_same_within(source: &Reading, destination: &Reading, milliseconds: u64) {
    let differences = differences(source, destination, milliseconds);
    assert!(
        differences.is_empty(),
        "{} of {} keys differ:\n  {}",
        differences.len(),
        source.0.len().max(destination.0.len()),
        differences[..differences.len().min(SHOWN)].join("\n  ")
    );
}

/// A line for each key that differs.
pub fn differences(source: &Reading, destination: &Reading, milliseconds: u64) -> Vec<String> {
    let line = |key: &[u8], what: String| format!("{}: {what}", shown(key));
    let missing = source.0.iter().filter_map(|(key, ours)| match destination.0.get(key) {
        None => Some(line(key, format!("a {}, is only in the source", ours.value.type_name()))),
        Some(theirs) => key_difference(ours, theirs, milliseconds).map(|what| line(key, what)),
    });
    let added = destination.0.iter().filter(|(key, _)| !source.0.contains_key(*key));
    missing
        .chain(
            added.map(|(key, theirs)| line(key, format!("a {}, is only in the destination", theirs.value.type_name()))),
        )
        .collect()
}

fn key_difference(ours: &KeyReading, theirs: &KeyReading, milliseconds: u64) -> Option<String> {
    let same_expiry = match (ours.expires_at, theirs.expires_at) {
        (Some(one), Some(two)) => one.abs_diff(two) <= milliseconds,
        (one, two) => one == two,
    };
    if !same_expiry {
        return Some(format!("expires at {:?} ≠ {:?}", ours.expires_at, theirs.expires_at));
    }
    value_difference(&ours.value, &theirs.value)
}

fn value_difference(ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::String(one), Value::String(two)) => (one != two).then(|| format!("{} ≠ {}", shown(one), shown(two))),
        (Value::List(one), Value::List(two)) => list_difference(one, two),
        (Value::Set(one), Value::Set(two)) => {
            let odd = one.symmetric_difference(two).next()?;
            Some(format!("only one set has the member {}", shown(odd)))
        }
        (Value::Hash(one), Value::Hash(two)) => map_difference("field", one, two, |(value, expiry)| match expiry {
            None => shown(value),
            Some(at) => format!("{} that expires at {at}", shown(value)),
        }),
        (Value::SortedSet(one), Value::SortedSet(two)) => {
            map_difference("member", one, two, |bits| f64::from_bits(*bits).to_string())
        }
        (Value::Stream(one), Value::Stream(two)) => one.difference(two),
        (Value::Other(one, ours), Value::Other(two, theirs)) if one == two => {
            (ours != theirs).then(|| format!("payloads of {one} differ"))
        }
        (one, two) => Some(format!("a {} ≠ a {}", one.type_name(), two.type_name())),
    }
}

fn list_difference(ours: &[Vec<u8>], theirs: &[Vec<u8>]) -> Option<String> {
    if let Some(at) = ours.iter().zip(theirs).position(|(one, two)| one != two) {
        return Some(format!("element {at}: {} ≠ {}", shown(&ours[at]), shown(&theirs[at])));
    }
    (ours.len() != theirs.len()).then(|| format!("{} elements ≠ {}", ours.len(), theirs.len()))
}

fn map_difference<V: PartialEq + Debug>(
    word: &str,
    ours: &BTreeMap<Vec<u8>, V>,
    theirs: &BTreeMap<Vec<u8>, V>,
    show: impl Fn(&V) -> String,
) -> Option<String> {
    let all = ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name)));
    let odd = all.into_iter().find(|&name| ours.get(name) != theirs.get(name))?;
    let show = |map: &BTreeMap<Vec<u8>, V>| map.get(odd).map_or_else(|| "nothing".to_owned(), &show);
    Some(format!("{word} {}: {} ≠ {}", shown(odd), show(ours), show(theirs)))
}

/// Fails unless database 0 of two servers has the same keys, values and expiries. For large sets: it keeps nothing in memory.
#[track_caller]
pub fn expect_same_digests(source: &Server, destination: &Server) {
    assert_eq!(source.size(), destination.size());
    let (mut from, mut to, mut cursor) = (source.client(), destination.client(), b"0".to_vec());
    loop {
        let mut reply = from.run(words!["SCAN", cursor, "COUNT", 2000]).array();
        let mut pipeline = Pipeline::new();
        let keys: Vec<Vec<u8>> = reply.remove(1).array().into_iter().map(Reply::bytes).collect();
        for key in &keys {
            pipeline.add(words!["DEBUG", "DIGEST-VALUE", key]);
            pipeline.add(words!["PTTL", key]);
        }
        let both = from.run_all(&pipeline).into_iter().zip(to.run_all(&pipeline)).enumerate();
        for (at, (source, destination)) in both {
            let is_same = match (&source, &destination) {
                (Reply::Integer(one), Reply::Integer(other)) => one.abs_diff(*other) < 1000,
                _ => source == destination,
            };
            assert!(is_same, "{:?}: {source:?} {destination:?}", String::from_utf8_lossy(&keys[at / 2]));
        }
        cursor = reply.remove(0).bytes();
        if cursor == b"0" {
            return;
        }
    }
}
