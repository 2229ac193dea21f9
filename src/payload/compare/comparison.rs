//! Comparing two payloads.

use std::borrow::Cow;
use std::hash::RandomState;

use super::value::digest;
use crate::payload::{Fault, FaultKind, Footer, Payload, ValueType, module_name};

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The value is the same. What only one of both forms can store is not compared.
    Equal,
    /// The values differ.
    Different,
    /// It is not known. The bytes differ, and the values cannot be read: they are values of modules or arrays, or one of
    /// them is damaged.
    NotComparable,
}

/// Compares the values of two payloads, which may come from different servers.
///
/// Payloads that differ only in their footers are equal without being read. Otherwise the values decide:
///
/// | type | what must be the same |
/// |---|---|
/// | string | the bytes |
/// | list | the items and their order |
/// | set | the members |
/// | sorted set | the members and their scores, to the last bit |
/// | hash | the fields, their values, and the ms at which they expire |
/// | stream | the entries that are not deleted, length and last id, groups, pending entries and consumers |
///
/// Of a stream, the counters and times that only newer forms store are compared if both forms store them. A score of -0
/// equals 0, because Redis since 7.0 and Valkey lose the sign when they write a small sorted set. The clock does not
/// matter: a field that has expired differs from a field that was removed.
#[must_use]
pub fn compare(one: &[u8], other: &[u8]) -> Comparison {
    compared(one, other).unwrap_or(Comparison::NotComparable)
}

fn compared(one: &[u8], other: &[u8]) -> Result<Comparison, Fault> {
    let [(one, one_parts), (other, other_parts)] = [(one, Payload::open(one)?), (other, Payload::open(other)?)];
    if is_same(&one_parts, &other_parts) {
        return Ok(Comparison::Equal);
    }
    // A value that was damaged on its way is not a different value.
    Footer::verify(one)?;
    Footer::verify(other)?;
    let types = [known_type(&one_parts)?, known_type(&other_parts)?];
    if type_name(types[0], &one_parts)? != type_name(types[1], &other_parts)? {
        return Ok(Comparison::Different);
    }
    let form = types[0].stream_form().min(types[1].stream_form()).unwrap_or_default();
    let keys = RandomState::new();
    let is_equal = digest(&keys, types[0], one_parts.value, form)? == digest(&keys, types[1], other_parts.value, form)?;
    Ok(match is_equal {
        false => Comparison::Different,
        // Only modules can read their metadata.
        true if one_parts.key_meta != other_parts.key_meta => Comparison::NotComparable,
        true => Comparison::Equal,
    })
}

/// Whether the bytes are the same and have the same meaning.
fn is_same(one: &Payload, other: &Payload) -> bool {
    let value_type = |parts: &Payload| ValueType::from_byte(parts.type_byte, parts.footer.flavour());
    (one.type_byte, one.key_meta, one.value) == (other.type_byte, other.key_meta, other.value)
        && value_type(one) == value_type(other)
}

/// The type of a payload. A type that is newer than the payload's RDB version is of another fork, which has types of its
/// own with the same bytes.
fn known_type(parts: &Payload) -> Result<ValueType, Fault> {
    let value_type = parts.value_type(parts.footer.flavour())?;
    if value_type.since() > parts.footer.version { Err(unknown(parts)) } else { Ok(value_type) }
}

/// The name that `TYPE` returns.
fn type_name(value_type: ValueType, parts: &Payload) -> Result<Cow<'static, str>, Fault> {
    match value_type {
        ValueType::Module2 => module_name(parts.value).map(Cow::Owned).ok_or(unknown(parts)),
        _ => Ok(Cow::Borrowed(value_type.name())),
    }
}

fn unknown(parts: &Payload) -> Fault {
    Fault { at: parts.key_meta.len() as u64, kind: FaultKind::UnknownType(parts.type_byte) }
}
