//! The facts of values.

use std::hash::RandomState;

use super::digest::Digest;
use super::part::PartDigests;
use super::stream::StreamFacts;
use crate::payload::read::{self, Field};
use crate::payload::{Cursor, Fault, ValueType};

/// The digests of a value. Of a stream, only what this form stores is included. With a Unix time, in ms, the fields of a hash that
/// have expired by then are left out, and the times at which consumers were seen.
pub(super) fn digests<'k>(
    keys: &'k RandomState,
    value_type: ValueType,
    value: &[u8],
    (form, now_ms): (u8, Option<i64>),
) -> Result<PartDigests<'k>, Fault> {
    let mut facts = PartDigests::new(keys);
    let mut cursor = Cursor::new(value);
    match value_type.name() {
        "string" => facts.value.add(cursor.string()?),
        "list" => {
            let mut index = 0_u64;
            read::list(value_type, &mut cursor, |item| {
                facts.value.add((index, item));
                index += 1;
            })?;
        }
        "set" => read::set(value_type, &mut cursor, |member| facts.value.add(member))?,
        "zset" => zset(&mut facts.value, value_type, &mut cursor)?,
        "hash" => read::hash(value_type, &mut cursor, |field| add_field(&mut facts, field, now_ms))?,
        "stream" => {
            let mut facts = StreamFacts::new(&mut facts, form, now_ms.is_none());
            read::stream(value_type, &mut cursor, |part| facts.add(part))?;
        }
        _ => return Err(Fault::corrupt(0, "values of this type have no reader")),
    }
    cursor.expect_end()?;
    Ok(facts)
}

/// The expiry is a fact about the field with this value. Of a field that does not expire, there is none.
fn add_field(facts: &mut PartDigests, Field { name, value, expires_at }: &Field, now_ms: Option<i64>) {
    if expires_at.zip(now_ms).is_some_and(|(at, now_ms)| at <= now_ms) {
        return;
    }
    let field = facts.value.add_referred((name, value));
    if let Some(expires_at) = expires_at {
        facts.field_expiries.add((field, expires_at));
    }
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
