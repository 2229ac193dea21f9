//! Lists.

use super::items::{Container, items};
use crate::payload::{Cursor, Fault, Item, ValueType};

/// Hands on the items of a list, first to last.
///
/// # Errors
/// The bytes are no list of that type.
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
                _ => return Err(cursor.corrupt("a list's node is of a kind that is none")),
            },
            _ => return Err(cursor.corrupt("the type is not one of a list")),
        }
    }
    Ok(())
}

/// `QUICKLIST_NODE_CONTAINER_PLAIN`: one large item.
const PLAIN: u64 = 1;
/// `QUICKLIST_NODE_CONTAINER_PACKED`.
const PACKED: u64 = 2;
