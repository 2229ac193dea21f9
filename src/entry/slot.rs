//! The slot of a key in a cluster.

use crc::{CRC_16_XMODEM, Crc, Table};

/// The number of slots of a cluster.
pub const SLOTS: u16 = 16_384;

/// So many bytes are looked up in tables at once. Names are short, so this is faster than vector instructions.
const BLOCK: usize = 16;
static CRC: Crc<u16, Table<BLOCK>> = Crc::<u16, Table<BLOCK>>::new(&CRC_16_XMODEM);

/// The slot of a key: of the text between its first `{` and the next `}`, if there is one, or else of the whole name
/// (`keyHashSlot` in `cluster.c`).
pub fn slot_of(key: &[u8]) -> u16 {
    checksum(hashed(key)) % SLOTS
}

/// The checksum begins with 0, so zeros before the first byte do not change it: with them, there are only whole blocks.
fn checksum(text: &[u8]) -> u16 {
    let (begin, blocks) = text.split_at(text.len() % BLOCK);
    let mut first = [0; BLOCK];
    first[BLOCK - begin.len()..].copy_from_slice(begin);
    let mut digest = CRC.digest();
    digest.update(&first);
    digest.update(blocks);
    digest.finalize()
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whole_blocks_have_the_checksum_of_the_text(text in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(checksum(&text), Crc::<u16>::new(&CRC_16_XMODEM).checksum(&text));
        }
    }

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
