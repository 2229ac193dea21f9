//! What a value holds, in one number.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use redis_keys_migrator::payload::{Cursor, Fault, Item, ValueType, read};

/// The same number for the same members in the same order, whichever way they are written; 0 of what has none.
/// When fields expire is left out, as not every form of a hash can tell.
pub fn members(value_type: ValueType, value: &[u8]) -> Result<u64, Fault> {
    let mut hasher = DefaultHasher::new();
    let mut cursor = Cursor::new(value);
    let mut put = |item: &Item| item.text(&mut itoa::Buffer::new()).hash(&mut hasher);
    match value_type.name() {
        "list" => read::list(value_type, &mut cursor, put)?,
        "set" => read::set(value_type, &mut cursor, put)?,
        "hash" => read::hash(value_type, &mut cursor, |field| {
            put(&field.name);
            put(&field.value);
        })?,
        "zset" => read::zset(value_type, &mut cursor, |member, score| {
            member.text(&mut itoa::Buffer::new()).hash(&mut hasher);
            // There are many numbers that are none.
            (if score.is_nan() { 0 } else { score.to_bits() }).hash(&mut hasher);
        })?,
        _ => return Ok(0),
    }
    Ok(hasher.finish())
}
