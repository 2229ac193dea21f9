//! The slot of a key.

use crc::{CRC_16_XMODEM, Crc};

/// The number of slots of a cluster.
pub const SLOTS: u16 = 16_384;

/// Names are short, so a table is faster than vector instructions.
static CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// The slot of a key: of the text between its first `{` and the next `}`, if there is one, or else of the whole name
/// (`keyHashSlot` in `cluster.c`).
pub fn slot_of(key: &[u8]) -> u16 {
    CRC.checksum(hashed(key)) % SLOTS
}

fn hashed(key: &[u8]) -> &[u8] {
    let Some(open) = key.iter().position(|byte| *byte == b'{') else { return key };
    let tag = &key[open + 1..];
    match tag.iter().position(|byte| *byte == b'}') {
        Some(0) | None => key,
        Some(length) => &tag[..length],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_server() {
        // From `CLUSTER KEYSLOT` of Redis 7.0.15.
        let known: [(&[u8], u16); 8] = [
            (b"", 0),
            (b"foo", 12182),
            (b"123456789", 12739),
            (b"{user1000}.following", 3443),
            (b"foo{}{bar}", 8363),
            (b"foo{{bar}}zap", 4015),
            (b"foo{bar}{zap}", 5061),
            (b"\x00\xff{", 3075),
        ];
        for (key, slot) in known {
            assert_eq!(slot_of(key), slot, "{key:?}");
        }
    }
}
