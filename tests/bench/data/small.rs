//! Small strings: here the cost per key matters most.

use crate::server::Server;
use crate::support::{Client, Pipeline, Random, Reply, words};

/// Bytes of a value.
const LENGTH: usize = 100;
/// Commands in one pipeline.
const BATCH: u64 = 2000;

/// The keys `key:0`, `key:1`, …, each with a string of a hundred bytes. Existing keys stay.
pub fn small(server: &Server, keys: u64) {
    let mut client = server.client();
    // The server makes them itself, a million in a second, unless it does not allow `DEBUG`.
    if matches!(client.ask(words!["DEBUG", "POPULATE", keys, "key", LENGTH]), Reply::Error(_)) {
        set(&mut client, "key", keys, |number| {
            let mut value = format!("value:{number}").into_bytes();
            value.resize(LENGTH, 0);
            value
        });
    }
}

/// Small strings. One in a thousand is called `few:…`. Returns the number of those.
pub fn few_among_many(server: &Server, keys: u64) -> u64 {
    let few = (keys / 1000).max(1);
    small(server, keys - few);
    set(&mut server.client(), "few", few, |number| format!("value {number}").into_bytes());
    few
}

/// Strings that cannot be compressed, so that a payload is as long as its value.
pub fn incompressible(server: &Server, keys: u64, length: usize) {
    let mut random = Random::new(11);
    set(&mut server.client(), "key", keys, |_| random.bytes(length));
}

/// Small strings of so many kinds in turn, called `kind0:…`, `kind1:…`.
pub fn kinds(server: &Server, keys: u64, kinds: u64) {
    let name = |number| format!("kind{}:{number}", number % kinds);
    set_named(&mut server.client(), name, keys, |number| format!("{number:0100}").into_bytes());
}

fn set(client: &mut Client, name: &str, keys: u64, value: impl FnMut(u64) -> Vec<u8>) {
    set_named(client, |number| format!("{name}:{number}"), keys, value);
}

fn set_named(client: &mut Client, name: impl Fn(u64) -> String, keys: u64, mut value: impl FnMut(u64) -> Vec<u8>) {
    let mut pipeline = Pipeline::new();
    for number in 0..keys {
        pipeline.add(words!["SET", name(number), value(number)]);
        if number % BATCH == BATCH - 1 {
            client.run_all(&std::mem::take(&mut pipeline));
        }
    }
    client.run_all(&pipeline);
}
