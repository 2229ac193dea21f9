//! The members of a value as one hash.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use redis_keys_migrator::payload::{Cursor, Fault, Item, ValueType, read};

/// A hash that is the same for the same members in the same order, in every form; 0 for values without
/// members. The expiry of fields is left out, because not every form has it.
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
            // There are many representations of NaN.
            (if score.is_nan() { 0 } else { score.to_bits() }).hash(&mut hasher);
        })?,
        _ => return Ok(0),
    }
    Ok(hasher.finish())
}
