//! Comparing two payloads.

use std::borrow::Cow;
use std::hash::RandomState;

use super::part::Part;
use super::value::digests;
use crate::payload::{Fault, Footer, Payload, ValueType, module_name};

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The value is the same. What only one of both forms can store is not compared.
    Equal,
    /// The values differ in this part.
    Different(Part),
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
    compared(one, other, None).unwrap_or(Comparison::NotComparable)
}

/// The same at this Unix time, in ms, for servers that clients use. Hash fields that have expired by then are left out, whether a
/// server has removed them already or not. When consumers of a group were seen is left out, too: they only have to wait for
/// entries to change that, and some servers do not keep it when they move a slot.
#[must_use]
pub fn compare_at(one: &[u8], other: &[u8], now_ms: i64) -> Comparison {
    compared(one, other, Some(now_ms)).unwrap_or(Comparison::NotComparable)
}

fn compared(one: &[u8], other: &[u8], now_ms: Option<i64>) -> Result<Comparison, Fault> {
    let [(one, one_parts), (other, other_parts)] = [(one, Payload::open(one)?), (other, Payload::open(other)?)];
    if is_same(&one_parts, &other_parts) {
        return Ok(Comparison::Equal);
    }
    // A value that was damaged on its way is not a different value.
    Footer::verify(one)?;
    Footer::verify(other)?;
    let types = [one_parts.stated_type()?, other_parts.stated_type()?];
    if type_name(types[0], &one_parts)? != type_name(types[1], &other_parts)? {
        return Ok(Comparison::Different(Part::Type));
    }
    let form = types[0].stream_form().min(types[1].stream_form()).unwrap_or_default();
    let keys = RandomState::new();
    let one = digests(&keys, types[0], one_parts.value, (form, now_ms))?;
    let other = digests(&keys, types[1], other_parts.value, (form, now_ms))?;
    Ok(match one.difference(&other) {
        Some(part) => Comparison::Different(part),
        // Only modules can read their metadata.
        None if one_parts.key_meta != other_parts.key_meta => Comparison::NotComparable,
        None => Comparison::Equal,
    })
}

/// Whether the bytes are the same and have the same meaning.
fn is_same(one: &Payload, other: &Payload) -> bool {
    let value_type = |parts: &Payload| ValueType::from_byte(parts.type_byte, parts.footer.flavour());
    (one.type_byte, one.key_meta, one.value) == (other.type_byte, other.key_meta, other.value)
        && value_type(one) == value_type(other)
}

/// The name that `TYPE` returns.
fn type_name(value_type: ValueType, parts: &Payload) -> Result<Cow<'static, str>, Fault> {
    match value_type {
        ValueType::Module2 => module_name(parts.value).map(Cow::Owned).ok_or(parts.unknown_type()),
        _ => Ok(Cow::Borrowed(value_type.name())),
    }
}
