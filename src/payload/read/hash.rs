//! Hashes, with the expiry of their fields.

use super::items::{Container, items};
use crate::payload::container::{Listpack, Zipmap};
use crate::payload::string::put_string;
use crate::payload::{Cursor, Fault, Item, ValueType};

/// One field of a hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field<'a> {
    /// The name.
    pub name: Item<'a>,
    /// The value.
    pub value: Item<'a>,
    /// The expiry in unix ms; `None` if the field does not expire.
    pub expires_at: Option<i64>,
}

impl<'a> Field<'a> {
    fn without_expiry(name: Item<'a>, value: Item<'a>) -> Self {
        Self { name, value, expires_at: None }
    }
}

/// Passes on the fields of a hash.
///
/// # Errors
/// The bytes are not a hash of this type.
pub fn hash(value_type: ValueType, cursor: &mut Cursor, mut each: impl FnMut(&Field)) -> Result<(), Fault> {
    let pair = |each: &mut dyn FnMut(&Field), [name, value]: [Item; 2]| {
        each(&Field::without_expiry(name, value));
        Ok(())
    };
    match value_type {
        ValueType::HashZipmap => zipmap(cursor, &mut each),
        ValueType::HashZiplist => items(Container::Ziplist, cursor, |two| pair(&mut each, two)),
        ValueType::HashListpack => items(Container::Listpack, cursor, |two| pair(&mut each, two)),
        ValueType::HashListpackExPreGa => expiring_listpack(cursor, &mut each),
        ValueType::HashListpackEx => {
            cursor.millis()?;
            expiring_listpack(cursor, &mut each)
        }
        ValueType::HashTmplLp | ValueType::HashTmplArray => templated(value_type, cursor, &mut each),
        _ => one_by_one(value_type, cursor, &mut each),
    }
}

fn one_by_one(value_type: ValueType, cursor: &mut Cursor, each: &mut dyn FnMut(&Field)) -> Result<(), Fault> {
    let earliest = if value_type == ValueType::HashMetadata { cursor.millis()? } else { 0 };
    for _ in 0..cursor.length()? {
        let field = match value_type {
            ValueType::Hash => Field::without_expiry(cursor.string()?, cursor.string()?),
            ValueType::Hash2 => {
                let (name, value) = (cursor.string()?, cursor.string()?);
                Field { name, value, expires_at: Some(cursor.millis()?).filter(|&at| at != NEVER) }
            }
            ValueType::HashMetadata | ValueType::HashMetadataPreGa => {
                let at = cursor.position();
                let expires_at = expiry(cursor.length()?, value_type, earliest);
                let expires_at = expires_at.ok_or(Fault::corrupt(at, "the expiry of a field is not a time"))?;
                Field { name: cursor.string()?, value: cursor.string()?, expires_at }
            }
            _ => return Err(cursor.corrupt("the type is not a type of hashes")),
        };
        each(&field);
    }
    Ok(())
}

/// The expiry of a field that does not expire, in the form of Valkey (`EXPIRY_NONE`).
const NEVER: i64 = -1;

/// The expiry of a field in the forms of Redis: 0 is none. The release candidates wrote the time itself, later versions
/// write the ms after the earliest expiry plus 1. `None` if the result is not a time.
#[expect(clippy::option_option, reason = "an invalid expiry differs from no expiry")]
fn expiry(written: u64, value_type: ValueType, earliest: i64) -> Option<Option<i64>> {
    if written == 0 {
        return Some(None);
    }
    let written = i64::try_from(written).ok()?;
    let is_absolute = value_type == ValueType::HashMetadataPreGa;
    Some(Some(if is_absolute { written } else { earliest.checked_add(written - 1)? }))
}

fn zipmap(cursor: &mut Cursor, each: &mut dyn FnMut(&Field)) -> Result<(), Fault> {
    let at = cursor.position();
    let blob = cursor.blob()?;
    let mut read = || {
        let mut pairs = Zipmap::open(&blob)?;
        while let Some((name, value)) = pairs.next_pair()? {
            each(&Field::without_expiry(name, value));
        }
        Ok(())
    };
    read().map_err(|fault: Fault| fault.inside(at))
}

/// A listpack of names, values and expiries; 0 is none.
fn expiring_listpack(cursor: &mut Cursor, each: &mut dyn FnMut(&Field)) -> Result<(), Fault> {
    items(Container::Listpack, cursor, |[name, value, expires_at]| {
        let expires_at = expires_at.as_int().ok_or(Fault::corrupt(0, "the expiry of a field is not a time"))?;
        each(&Field { name, value, expires_at: Some(expires_at).filter(|&at| at != 0) });
        Ok(())
    })
}

/// The names come first, in a listpack or one by one. Then come the values, in a listpack after the id of the template, or
/// one by one.
fn templated(value_type: ValueType, cursor: &mut Cursor, each: &mut dyn FnMut(&Field)) -> Result<(), Fault> {
    let at = cursor.position();
    // All names share one buffer, because an allocation for each would take many times the length of a short name.
    let mut names = Vec::new();
    match cursor.length()? {
        0 => items(Container::Listpack, cursor, |[name]| {
            put_string(&mut names, &name);
            Ok(())
        })?,
        1 => {
            for _ in 0..cursor.length()? {
                put_string(&mut names, &cursor.string()?);
            }
        }
        _ => return Err(Fault::corrupt(at, "the fields of a template have an unknown form")),
    }
    let mut names = Cursor::new(&names);
    if value_type == ValueType::HashTmplLp {
        return values_in_listpack(&mut names, cursor, each);
    }
    while !names.is_at_end() {
        each(&Field::without_expiry(names.string()?, cursor.string()?));
    }
    Ok(())
}

fn values_in_listpack(names: &mut Cursor, cursor: &mut Cursor, each: &mut dyn FnMut(&Field)) -> Result<(), Fault> {
    let at = cursor.position();
    let blob = cursor.blob()?;
    let unequal = Fault::corrupt(at, "a hash and its template have different numbers of fields");
    let mut read = || {
        let mut values = Listpack::open(&blob)?;
        values.next_item()?;
        while !names.is_at_end() {
            let value = values.next_item()?.ok_or(unequal)?;
            each(&Field::without_expiry(names.string()?, value));
        }
        if values.next_item()?.is_some() { Err(unequal) } else { Ok(()) }
    };
    read().map_err(|fault: Fault| fault.inside(at))
}
