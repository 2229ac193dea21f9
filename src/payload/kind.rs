//! Which type of value a payload holds: told by its first byte.
//!
//! The bytes are the `RDB_TYPE_…` constants of Redis' and Valkey's `rdb.h`.

use std::borrow::Cow;

/// The type that a payload holds, by the name that `TYPE` gives it; `unknown` where its first byte is.
#[must_use]
pub fn type_name(payload: &[u8]) -> Cow<'static, str> {
    Cow::Borrowed(match payload.first() {
        Some(0) => "string",
        Some(1 | 10 | 14 | 18) => "list",
        Some(2 | 11 | 20) => "set",
        Some(3 | 5 | 12 | 17) => "zset",
        Some(4 | 9 | 13 | 16 | 22..=25) => "hash",
        Some(15 | 19 | 21 | 26 | 27) => "stream",
        Some(28) => "array",
        Some(7) => return module_name(&payload[1..]).map_or(Cow::Borrowed("unknown"), Cow::Owned),
        _ => "unknown",
    })
}

/// A module value begins with a 64-bit id: nine characters of six bits each, ten bits of version
/// (`moduleTypeEncodeId` in `module.c`). It is written as a length, which for so large a number
/// is `0x81` and eight bytes, big endian.
fn module_name(value: &[u8]) -> Option<String> {
    const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (&[0x81], id) = value.split_first_chunk::<1>()? else { return None };
    let id = u64::from_be_bytes(*id.first_chunk::<8>()?);
    let character = |at: u32| char::from(CHARACTERS[usize::try_from(id >> (10 + 6 * at) & 63).expect("six bits")]);
    Some((0..9).rev().map(character).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_type_is_named_by_its_id() {
        // `MBbloom--` with version 4, as RedisBloom writes it.
        let name = b"MBbloom--";
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let id = name.iter().fold(0_u64, |id, wanted| {
            id << 6 | alphabet.iter().position(|known| known == wanted).expect("in the alphabet") as u64
        }) << 10
            | 4;
        let mut payload = vec![7, 0x81];
        payload.extend_from_slice(&id.to_be_bytes());
        assert_eq!(type_name(&payload), "MBbloom--");
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        assert_eq!(type_name(&[]), "unknown");
        assert_eq!(type_name(&[200, 1]), "unknown");
        assert_eq!(type_name(&[7, 0x81, 1]), "unknown");
    }
}
