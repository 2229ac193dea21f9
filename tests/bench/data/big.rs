//! Values that are large, each by itself.

use crate::server::Server;
use crate::support::{Random, words};

/// Bytes of a value.
pub const BIG: usize = 4 << 20;

/// The keys `big:0`, `big:1`, …, each with a string that cannot be compressed.
pub fn big(server: &Server, keys: u64) {
    let mut client = server.client();
    let value = Random::new(5).bytes(BIG);
    for number in 0..keys {
        client.run(words!["SET", format!("big:{number}"), value]);
    }
}
