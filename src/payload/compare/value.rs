//! The facts of values.

use std::hash::RandomState;

use super::digest::Digest;
use super::stream::StreamFacts;
use crate::payload::{Cursor, Fault, ValueType, read};

/// The digest of a value. Of a stream, only the parts of this form are included.
pub(super) fn digest(keys: &RandomState, value_type: ValueType, value: &[u8], form: u8) -> Result<u128, Fault> {
    let mut facts = Digest::new(keys);
    let mut cursor = Cursor::new(value);
    match value_type.name() {
        "string" => facts.add(cursor.string()?),
        "list" => {
            let mut index = 0_u64;
            read::list(value_type, &mut cursor, |item| {
                facts.add((index, item));
                index += 1;
            })?;
        }
        "set" => read::set(value_type, &mut cursor, |member| facts.add(member))?,
        "zset" => zset(&mut facts, value_type, &mut cursor)?,
        "hash" => read::hash(value_type, &mut cursor, |field| facts.add(field))?,
        "stream" => StreamFacts::new(&mut facts, value_type, form).add_all(&mut cursor)?,
        _ => return Err(Fault::corrupt(0, "values of this type have no reader")),
    }
    cursor.expect_end()?;
    Ok(facts.sum())
}

fn zset(facts: &mut Digest, value_type: ValueType, cursor: &mut Cursor) -> Result<(), Fault> {
    let mut has_nan = false;
    read::zset(value_type, cursor, |member, score| {
        has_nan |= score.is_nan();
        // -0 equals 0. The sum of both is 0.
        facts.add((member, (score + 0.0).to_bits()));
    })?;
    // No server accepts it as a score, so the order of such a sorted set is undefined.
    if has_nan { Err(cursor.corrupt("a score is not a number")) } else { Ok(()) }
}
