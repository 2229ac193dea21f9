//! Keys that a careful destination refuses, one by one.

use super::{Server, words};

/// The arguments that make a destination check payloads before it accepts them.
pub const CAREFUL: [&str; 2] = ["--sanitize-dump-payload", "yes"];

/// Gives a server a hash that has one field twice. The server accepts it; a server that is [`CAREFUL`] does not.
pub fn poison(server: &Server, key: impl AsRef<[u8]>) {
    let mut client = server.client();
    client.run(words!["DEL", "poison"]);
    client.run(words!["HSET", "poison", "fa", "1", "fb", "2"]);
    let mut payload = client.run(words!["DUMP", "poison"]).bytes();
    client.run(words!["DEL", "poison"]);
    let at = payload.windows(2).position(|pair| pair == b"fb").expect("a small hash is not compressed");
    payload[at + 1] = b'a';
    // The checksum is wrong now. The server computes it again when the key is dumped.
    client.run(words!["DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", 1]);
    client.run(words!["RESTORE", key.as_ref(), 0, payload]);
}
