//! Hashes, with the expiry of their fields in the form of the destination.

use super::builder::PayloadBuilder;
use super::plain::to_its_end;
use super::{FieldExpiry, Fitted, Target, Unfit};
use crate::job::OnUnsupported;
use crate::payload::ValueType;
use crate::payload::length::put_length;
use crate::payload::read::{self, Field};
use crate::payload::string::put_string;

/// Writes a hash field by field, in the plain form if no field expires.
pub(super) fn hash(
    from: ValueType,
    value: &[u8],
    target: &Target,
    policy: OnUnsupported,
    now_ms: u64,
) -> Result<Fitted, Unfit> {
    let Some(span) = expiries(from, value)? else { return plain(from, value, target, |_| true) };
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    match (target.field_expiry(), policy) {
        (FieldExpiry::Unsupported, OnUnsupported::Fail) => Err(Unfit::FieldExpiry),
        (FieldExpiry::UnknownForm, OnUnsupported::Fail) => Err(Unfit::FieldExpiryForm),
        _ if span.earliest < 0 => Err(Unfit::FieldExpiryOutOfRange(span.earliest)),
        (FieldExpiry::InPayload(ValueType::Hash2), _) => valkey(from, value, target),
        (FieldExpiry::InPayload(_), _) => redis(from, value, target, span),
        // A server returns no field that has expired, even if it still has it: a replica waits for its master.
        (_, OnUnsupported::DropFieldTtl) => {
            plain(from, value, target, |field| field.expires_at.is_none_or(|at| at > now))
        }
    }
}

/// The first and the last expiry of a hash's fields.
#[derive(Clone, Copy)]
struct Span {
    earliest: i64,
    latest: i64,
}

/// `None` if no field expires.
fn expiries(from: ValueType, value: &[u8]) -> Result<Option<Span>, Unfit> {
    let mut span: Option<Span> = None;
    each(from, value, |field| {
        if let Some(at) = field.expires_at {
            let (earliest, latest) = span.map_or((at, at), |span| (span.earliest.min(at), span.latest.max(at)));
            span = Some(Span { earliest, latest });
        }
    })?;
    Ok(span)
}

/// The fields that are `kept`, without an expiry. Servers refuse a hash without fields.
fn plain(from: ValueType, value: &[u8], target: &Target, kept: impl Fn(&Field) -> bool) -> Result<Fitted, Unfit> {
    let mut builder = PayloadBuilder::new(ValueType::Hash, value.len());
    let (mut fields, mut left_out) = (0_u64, 0_u64);
    each(from, value, |field| {
        fields += 1;
        if !kept(field) {
            left_out += 1;
            return;
        }
        let out = builder.member();
        put_string(out, &field.name);
        put_string(out, &field.value);
    })?;
    if left_out > 0 && left_out == fields {
        return Err(Unfit::AllFieldsExpired);
    }
    Ok(builder.finish(target)?)
}

/// The form of Valkey: each field has its expiry after its value, -1 for none.
fn valkey(from: ValueType, value: &[u8], target: &Target) -> Result<Fitted, Unfit> {
    let mut builder = PayloadBuilder::new(ValueType::Hash2, value.len());
    each(from, value, |field| {
        let out = builder.member();
        put_string(out, &field.name);
        put_string(out, &field.value);
        out.extend(field.expires_at.unwrap_or(-1).to_le_bytes());
    })?;
    Ok(builder.finish(target)?)
}

/// The latest expiry of a field that Redis can store (`EB_EXPIRE_TIME_MAX` in `ebuckets.h`).
const LATEST: i64 = 0xffff_ffff_fffe;

/// The form of Redis: the earliest expiry, then before each field the ms after it plus 1, or 0 for no expiry.
fn redis(from: ValueType, value: &[u8], target: &Target, span: Span) -> Result<Fitted, Unfit> {
    if span.latest > LATEST {
        return Err(Unfit::FieldExpiryOutOfRange(span.latest));
    }
    let mut builder = PayloadBuilder::with_head(&span.earliest.to_le_bytes(), ValueType::HashMetadata, value.len());
    each(from, value, |field| {
        let out = builder.member();
        put_length(out, field.expires_at.map_or(0, |at| at.abs_diff(span.earliest) + 1));
        put_string(out, &field.name);
        put_string(out, &field.value);
    })?;
    Ok(builder.finish(target)?)
}

fn each(from: ValueType, value: &[u8], each: impl FnMut(&Field)) -> Result<(), Unfit> {
    to_its_end(value, |cursor| read::hash(from, cursor, each))
}
