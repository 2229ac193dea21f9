//! Lists, sets and sorted sets.

use super::items::{Container, items};
use crate::payload::{Cursor, Fault, Item, ValueType};

/// Passes on the items of a list from first to last.
///
/// # Errors
/// The bytes are not a list of this type.
pub fn list(value_type: ValueType, cursor: &mut Cursor, mut each: impl FnMut(&Item)) -> Result<(), Fault> {
    let mut one = |[item]: [Item; 1]| {
        each(&item);
        Ok(())
    };
    if value_type == ValueType::ListZiplist {
        return items(Container::Ziplist, cursor, one);
    }
    for _ in 0..cursor.length()? {
        match value_type {
            ValueType::List => one([cursor.string()?])?,
            ValueType::ListQuicklist => items(Container::Ziplist, cursor, &mut one)?,
            ValueType::ListQuicklist2 => match cursor.length()? {
                PLAIN => one([cursor.string()?])?,
                PACKED => items(Container::Listpack, cursor, &mut one)?,
                _ => return Err(cursor.corrupt("a node of a list has an unknown kind")),
            },
            _ => return Err(cursor.corrupt("the type is not a type of lists")),
        }
    }
    Ok(())
}

/// `QUICKLIST_NODE_CONTAINER_PLAIN`: one large item.
const PLAIN: u64 = 1;
/// `QUICKLIST_NODE_CONTAINER_PACKED`.
const PACKED: u64 = 2;

/// Passes on the members of a set.
///
/// # Errors
/// The bytes are not a set of this type.
pub fn set(value_type: ValueType, cursor: &mut Cursor, mut each: impl FnMut(&Item)) -> Result<(), Fault> {
    let one = |[item]: [Item; 1]| {
        each(&item);
        Ok(())
    };
    match value_type {
        ValueType::SetIntset => return items(Container::IntSet, cursor, one),
        ValueType::SetListpack => return items(Container::Listpack, cursor, one),
        ValueType::Set => {}
        _ => return Err(cursor.corrupt("the type is not a type of sets")),
    }
    for _ in 0..cursor.length()? {
        each(&cursor.string()?);
    }
    Ok(())
}

/// Passes on the members of a sorted set with their scores.
///
/// # Errors
/// The bytes are not a sorted set of this type.
pub fn zset(value_type: ValueType, cursor: &mut Cursor, mut each: impl FnMut(&Item, f64)) -> Result<(), Fault> {
    let pair = |[member, score]: [Item; 2]| {
        each(&member, score.as_score().ok_or(Fault::corrupt(0, "a score is not a number"))?);
        Ok(())
    };
    match value_type {
        ValueType::ZsetZiplist => return items(Container::Ziplist, cursor, pair),
        ValueType::ZsetListpack => return items(Container::Listpack, cursor, pair),
        ValueType::Zset | ValueType::Zset2 => {}
        _ => return Err(cursor.corrupt("the type is not a type of sorted sets")),
    }
    for _ in 0..cursor.length()? {
        let member = cursor.string()?;
        let is_text = value_type == ValueType::Zset;
        each(&member, if is_text { cursor.text_double()? } else { cursor.double()? });
    }
    Ok(())
}
