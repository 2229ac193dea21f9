//! The bare `SCAN … MATCH` loop: the lowest possible cost of finding keys by a pattern.

use std::time::Instant;

use crate::server::Server;
use crate::support::words;

/// Walks the whole keyspace once and drops the keys. Returns the seconds that it took.
pub fn bare_scan(server: &Server, pattern: &str, count: u32) -> f64 {
    let started = Instant::now();
    let mut client = server.client();
    let mut cursor = b"0".to_vec();
    loop {
        let mut reply = client.run(words!["SCAN", cursor, "MATCH", pattern, "COUNT", count]).array();
        cursor = reply.remove(0).bytes();
        if cursor == b"0" {
            return started.elapsed().as_secs_f64();
        }
    }
}
