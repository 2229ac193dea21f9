//! The name of the type of a payload.

use std::borrow::Cow;

use super::ValueType;
use super::view::key_meta_length;
use crate::version::Flavour;

/// The type of a payload, by the name that `TYPE` returns; `unknown` if its first byte is unknown. The server that wrote
/// the payload does not matter: all types that servers disagree about are hashes.
#[must_use]
pub fn type_name(payload: &[u8]) -> Cow<'static, str> {
    let Ok(before) = key_meta_length(payload) else { return Cow::Borrowed("unknown") };
    let Some((&byte, value)) = payload[before..].split_first() else { return Cow::Borrowed("unknown") };
    match ValueType::from_byte(byte, Flavour::Redis) {
        Some(ValueType::Module2) => module_name(value).map_or(Cow::Borrowed("unknown"), Cow::Owned),
        Some(ValueType::ModulePreGa) | None => Cow::Borrowed("unknown"),
        Some(value_type) => Cow::Borrowed(value_type.name()),
    }
}

/// The name of a module's type. The value of a module begins with an id of 64 bits: nine characters of six bits each,
/// and ten bits of version (`moduleTypeEncodeId` in `module.c`). The id is written as a length, which for such a large
/// number is `0x81` and eight bytes, big endian.
pub(crate) fn module_name(value: &[u8]) -> Option<String> {
    const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (&[0x81], id) = value.split_first_chunk::<1>()? else { return None };
    let id = u64::from_be_bytes(*id.first_chunk::<8>()?);
    let character = |at: u32| {
        let [low, ..] = (id >> (10 + 6 * at)).to_le_bytes();
        char::from(CHARACTERS[usize::from(low & 63)])
    };
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
            id << 6 | alphabet.iter().position(|known| known == wanted).expect("a character of the alphabet") as u64
        }) << 10
            | 4;
        let mut payload = vec![7, 0x81];
        payload.extend_from_slice(&id.to_be_bytes());
        assert_eq!(type_name(&payload), "MBbloom--");
    }

    #[test]
    fn the_type_comes_after_metadata() {
        assert_eq!(type_name(&[0xf3, 1, 9, 9, 9, 9, 0, 2, 0]), "set");
        assert_eq!(type_name(&[0xf3, 1, 9, 9]), "unknown");
        assert_eq!(type_name(&[30]), "hash");
    }

    #[test]
    fn the_type_of_other_bytes_is_unknown() {
        assert_eq!(type_name(&[]), "unknown");
        assert_eq!(type_name(&[200, 1]), "unknown");
        assert_eq!(type_name(&[7, 0x81, 1]), "unknown");
    }
}
