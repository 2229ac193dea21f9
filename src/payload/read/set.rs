//! Sets.

use super::items::{Container, items};
use crate::payload::{Cursor, Fault, Item, ValueType};

/// Hands on the members of a set.
///
/// # Errors
/// The bytes are no set of that type.
pub fn set(value_type: ValueType, cursor: &mut Cursor, mut each: impl FnMut(&Item)) -> Result<(), Fault> {
    let one = |[item]: [Item; 1]| {
        each(&item);
        Ok(())
    };
    match value_type {
        ValueType::SetIntset => return items(Container::IntSet, cursor, one),
        ValueType::SetListpack => return items(Container::Listpack, cursor, one),
        ValueType::Set => {}
        _ => return Err(cursor.corrupt("the type is not one of a set")),
    }
    for _ in 0..cursor.length()? {
        each(&cursor.string()?);
    }
    Ok(())
}
