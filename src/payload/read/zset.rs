//! Sorted sets.

use super::items::{Container, items};
use crate::payload::{Cursor, Fault, Item, ValueType};

/// Hands on the members of a sorted set, each with its score.
///
/// # Errors
/// The bytes are no sorted set of that type.
pub fn zset(value_type: ValueType, cursor: &mut Cursor, mut each: impl FnMut(&Item, f64)) -> Result<(), Fault> {
    let pair = |[member, score]: [Item; 2]| {
        each(&member, score.as_score().ok_or(Fault::corrupt(0, "a score is no number"))?);
        Ok(())
    };
    match value_type {
        ValueType::ZsetZiplist => return items(Container::Ziplist, cursor, pair),
        ValueType::ZsetListpack => return items(Container::Listpack, cursor, pair),
        ValueType::Zset | ValueType::Zset2 => {}
        _ => return Err(cursor.corrupt("the type is not one of a sorted set")),
    }
    for _ in 0..cursor.length()? {
        let member = cursor.string()?;
        let is_text = value_type == ValueType::Zset;
        each(&member, if is_text { cursor.text_double()? } else { cursor.double()? });
    }
    Ok(())
}
