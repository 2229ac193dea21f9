//! What becomes of a payload: it fits, or there is a reason why it cannot.

use bytes::Bytes;

use super::Target;
use crate::outcome::How;
use crate::payload::{Fault, ValueType};

/// A payload that the destination accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The payload: the same bytes if it was passed, a copy otherwise.
    pub payload: Bytes,
    /// What was done to it.
    pub how: How,
}

/// Why the destination cannot hold a value. The text follows "the key cannot be written:".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The payload cannot be read.
    #[error("the payload is damaged: {0}")]
    Damaged(#[from] Fault),
    /// The type of the value is not one of this flavour.
    #[error("the value's type {0} is not known")]
    UnknownType(u8),
    /// A vector set.
    #[error("the value is a vector set, which the destination does not support")]
    VectorSet,
    /// A value of a module, and a destination without modules.
    #[error("the value is of the module type `{0}`, and the destination has loaded no module")]
    Module(String),
    /// A value that only newer servers can hold.
    #[error(
        "the value is of the type `{name}` ({byte}), which came with RDB version {since}, and the destination reads up to {reads}"
    )]
    NewerType {
        /// The name that `TYPE` returns.
        name: &'static str,
        /// The byte of the type.
        byte: u8,
        /// The RDB version that introduced it.
        since: u16,
        /// The highest RDB version that the destination accepts.
        reads: u16,
    },
    /// Fields that expire.
    #[error(
        "the hash has fields that expire, which the destination does not support \
         (`on_unsupported = \"drop-field-ttl\"` copies the hash without these expiries)"
    )]
    FieldExpiry,
    /// Fields that expire, and a destination that supports it but is neither Redis nor Valkey.
    #[error(
        "the hash has fields that expire, and how the destination, which is neither Redis nor Valkey, stores this \
         is not known (`on_unsupported = \"drop-field-ttl\"` copies the hash without these expiries)"
    )]
    FieldExpiryForm,
    /// Every field has expired, so nothing is left of the hash.
    #[error("every field of the hash has expired")]
    AllFieldsExpired,
    /// A field expires later, or earlier, than the destination can store.
    #[error("a field of the hash expires at {0} ms, which is outside the range that the destination can store")]
    FieldExpiryOutOfRange(i64),
    /// Pending entries of a stream that belong to no consumer.
    #[error("the stream has entries that were returned with `XNACK`, which the destination does not support")]
    NackedEntries,
    /// A stream that the destination might misread.
    #[error(
        "an entry of the stream has a length that servers encode differently since May 2026, and the encoding of the \
         destination is not known"
    )]
    BacklenEncoding,
    /// Metadata of modules.
    #[error("modules attached metadata to the key, which the destination does not support")]
    KeyMeta,
}

impl Unfit {
    /// The type is newer than the destination.
    pub(super) fn newer(value_type: ValueType, target: &Target) -> Self {
        Self::NewerType {
            name: value_type.name(),
            byte: value_type.byte(),
            since: value_type.since(),
            reads: target.reads(),
        }
    }
}
