//! Choosing how a payload is made to fit.

use bytes::Bytes;

use super::hash::hash;
use super::plain::{list, set, zset};
use super::stream::stream;
use super::{Fitted, Origin, Target, Unfit, backlen};
use crate::job::OnUnsupported;
use crate::outcome::How;
use crate::payload::{FOOTER, Footer, Payload, ValueType, module_name, put_footer};
use crate::version::Flavour;

/// Makes a payload of `from` fit for `target`. A payload that fits already is not copied. If the expiry of fields is
/// dropped, those that have expired at `now_ms`, the unix time of the target in ms, are left out: they would come back.
///
/// # Errors
/// The target cannot hold the value, or the payload is damaged.
pub fn fit(payload: Bytes, from: Origin, target: &Target, policy: OnUnsupported, now_ms: u64) -> Result<Fitted, Unfit> {
    let parts = Payload::open(&payload)?;
    let Some(value_type) = ValueType::from_byte(parts.type_byte, from.flavour) else {
        return unknown_type(parts.type_byte, payload, from, target);
    };
    if value_type == ValueType::Module2 {
        check_module(parts.value, target)?;
    }
    if !parts.key_meta.is_empty() && !target.supports_key_meta() {
        return Err(Unfit::KeyMeta);
    }
    let must_be_rewritten = backlen::must_be_rewritten(value_type, parts.value, from, target.server())?;
    let is_supported = target.supports(value_type) && !must_be_rewritten;
    if is_supported && target.accepts_version(parts.footer.version) {
        return Ok(Fitted { payload, how: How::Passed });
    }
    // A new checksum must not hide that the payload was damaged before.
    Footer::verify(&payload)?;
    if is_supported {
        return Ok(restamped(&payload, stamp(&parts, value_type, target)));
    }
    if !parts.key_meta.is_empty() {
        return Err(Unfit::newer(value_type, target));
    }
    if must_be_rewritten && value_type.stream_form().is_some() {
        let into = target.server().backlen_encoding().ok_or(Unfit::BacklenEncoding)?;
        let value = backlen::rewritten(value_type, parts.value, into)?;
        return stream(value_type, &value, target);
    }
    translate(&parts, value_type, target, policy, now_ms)
}

/// A payload of an unknown type may be passed only if neither source nor destination is a Redis or Valkey: then the type
/// may be their own.
fn unknown_type(byte: u8, payload: Bytes, from: Origin, target: &Target) -> Result<Fitted, Unfit> {
    if from.flavour == Flavour::Other && target.flavour() == Flavour::Other {
        return Ok(Fitted { payload, how: How::Passed });
    }
    Err(Unfit::UnknownType(byte))
}

/// The type of vector sets: a module type that is built into Redis.
const VECTOR_SET: &str = "vectorset";

fn check_module(value: &[u8], target: &Target) -> Result<(), Unfit> {
    if target.may_have_modules() && target.supports_vector_sets() {
        return Ok(());
    }
    let name = module_name(value).unwrap_or_default();
    match name == VECTOR_SET {
        true if !target.supports_vector_sets() => Err(Unfit::VectorSet),
        false if !target.may_have_modules() => Err(Unfit::Module(name)),
        _ => Ok(()),
    }
}

/// The lowest RDB version that the type and the metadata of a payload need.
fn stamp(parts: &Payload, value_type: ValueType, target: &Target) -> u16 {
    let for_meta = if parts.key_meta.is_empty() { 0 } else { 13 };
    target.stamp_for(value_type).max(for_meta)
}

fn restamped(payload: &[u8], version: u16) -> Fitted {
    let mut out = Vec::with_capacity(payload.len());
    out.extend_from_slice(&payload[..payload.len() - FOOTER]);
    put_footer(&mut out, 0, version);
    Fitted { payload: out.into(), how: How::Restamped }
}

fn translate(
    parts: &Payload,
    from: ValueType,
    target: &Target,
    policy: OnUnsupported,
    now_ms: u64,
) -> Result<Fitted, Unfit> {
    match from.name() {
        "list" => list(from, parts.value, target),
        "set" => set(from, parts.value, target),
        "zset" => zset(from, parts.value, target),
        "hash" => hash(from, parts.value, target, policy, now_ms),
        "stream" => stream(from, parts.value, target),
        _ => Err(Unfit::newer(from, target)),
    }
}
