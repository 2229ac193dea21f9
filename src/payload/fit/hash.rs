//! Hashes, and the expiry of their fields in the destination's own way.

use super::builder::PayloadBuilder;
use super::plain::to_its_end;
use super::{FieldExpiry, Fitted, Target, Unfit};
use crate::job::OnUnsupported;
use crate::payload::ValueType;
use crate::payload::length::put_length;
use crate::payload::read::{self, Field};
use crate::payload::string::put_string;

/// A hash, field by field: plain where no field expires.
pub(super) fn hash(from: ValueType, value: &[u8], target: &Target, policy: OnUnsupported) -> Result<Fitted, Unfit> {
    let Some(span) = expiries(from, value)? else { return plain(from, value, target) };
    match (target.field_expiry(), policy) {
        (FieldExpiry::InPayload(ValueType::Hash2), _) => valkey(from, value, target),
        (FieldExpiry::InPayload(_), _) => redis(from, value, target, span),
        (_, OnUnsupported::DropFieldTtl) => plain(from, value, target),
        (FieldExpiry::Unsupported, OnUnsupported::Fail) => Err(Unfit::FieldExpiry),
        (FieldExpiry::UnknownForm, OnUnsupported::Fail) => Err(Unfit::FieldExpiryForm),
    }
}

/// When the first and the last field expire.
#[derive(Clone, Copy)]
struct Span {
    earliest: i64,
    latest: i64,
}

/// `None` where none expires.
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

fn plain(from: ValueType, value: &[u8], target: &Target) -> Result<Fitted, Unfit> {
    let mut builder = PayloadBuilder::new(ValueType::Hash, value.len());
    each(from, value, |field| {
        let out = builder.member();
        put_string(out, &field.name);
        put_string(out, &field.value);
    })?;
    Ok(builder.finish(target)?)
}

/// Valkey's form: each field's time behind its value, -1 for never.
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

/// The latest time that Redis can tell of a field (`EB_EXPIRE_TIME_MAX` in `ebuckets.h`).
const LATEST: i64 = 0xffff_ffff_fffe;

/// Redis' form: the earliest time, then before each field how long after that it expires, and 1; 0
/// for never.
fn redis(from: ValueType, value: &[u8], target: &Target, span: Span) -> Result<Fitted, Unfit> {
    if span.earliest < 0 || span.latest > LATEST {
        return Err(Unfit::FieldExpiryTooLate(if span.earliest < 0 { span.earliest } else { span.latest }));
    }
    let mut builder = PayloadBuilder::behind(&span.earliest.to_le_bytes(), ValueType::HashMetadata, value.len());
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
