//! Lists, sets and sorted sets in their plain forms, which every server supports.

use super::builder::PayloadBuilder;
use super::{Fitted, Target, Unfit};
use crate::payload::double::{put_double, put_text_double};
use crate::payload::string::put_string;
use crate::payload::{Cursor, Fault, ValueType, read};

pub(super) fn list(from: ValueType, value: &[u8], target: &Target) -> Result<Fitted, Unfit> {
    let mut builder = PayloadBuilder::new(ValueType::List, value.len());
    to_its_end(value, |cursor| read::list(from, cursor, |item| put_string(builder.member(), item)))?;
    Ok(builder.finish(target)?)
}

pub(super) fn set(from: ValueType, value: &[u8], target: &Target) -> Result<Fitted, Unfit> {
    let mut builder = PayloadBuilder::new(ValueType::Set, value.len());
    to_its_end(value, |cursor| read::set(from, cursor, |item| put_string(builder.member(), item)))?;
    Ok(builder.finish(target)?)
}

/// The scores are written as text only if the target supports no other form.
pub(super) fn zset(from: ValueType, value: &[u8], target: &Target) -> Result<Fitted, Unfit> {
    let is_binary = target.supports(ValueType::Zset2);
    let into = if is_binary { ValueType::Zset2 } else { ValueType::Zset };
    let mut builder = PayloadBuilder::new(into, value.len());
    to_its_end(value, |cursor| {
        read::zset(from, cursor, |member, score| {
            let out = builder.member();
            put_string(out, member);
            if is_binary { put_double(out, score) } else { put_text_double(out, score) }
        })
    })?;
    Ok(builder.finish(target)?)
}

/// Reads a value, and checks that nothing follows it.
pub(super) fn to_its_end(value: &[u8], read: impl FnOnce(&mut Cursor) -> Result<(), Fault>) -> Result<(), Unfit> {
    let mut cursor = Cursor::new(value);
    // The offset of a fault counts from the first byte of the payload, which is the type.
    Ok(read(&mut cursor).and_then(|()| cursor.expect_end()).map_err(|fault| fault.after(1))?)
}
