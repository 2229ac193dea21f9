//! Why a payload cannot be made to fit.

use super::Target;
use crate::payload::{Fault, ValueType};

/// Why the destination cannot hold a value. Reads after "the key cannot be written:".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The payload is none.
    #[error("the payload is damaged: {0}")]
    Damaged(#[from] Fault),
    /// Nobody told us what the type means.
    #[error("the value's type {0} is not known")]
    UnknownType(u8),
    /// A vector set.
    #[error("the value is a vector set, and the destination knows none")]
    VectorSet,
    /// A module's value.
    #[error("the value is of the module type `{0}`, and the destination has loaded no module")]
    Module(String),
    /// A value that only a newer server can hold.
    #[error(
        "the value is of the type `{name}` ({byte}), which came with RDB version {since}, and the destination reads up to {reads}"
    )]
    NewerType {
        /// The type, as `TYPE` names it.
        name: &'static str,
        /// The byte that stands for it.
        byte: u8,
        /// The RDB version that it came with.
        since: u16,
        /// What the destination reads.
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
    /// A field expires later than the destination can tell.
    #[error("a field of the hash expires at {0} ms, which is later than the destination can tell")]
    FieldExpiryTooLate(i64),
    /// Entries of a stream that are pending, but with no consumer.
    #[error("the stream has entries that were given back with `XNACK`, and the destination knows none")]
    NackedEntries,
    /// A stream that a later or earlier server would misread.
    #[error(
        "an entry of the stream is of a length that servers write differently since May 2026, and which way \
         the destination reads it is not known"
    )]
    BacklenEncoding,
    /// Metadata of modules.
    #[error("modules attached metadata to the key, and the destination knows none")]
    KeyMeta,
}

impl Unfit {
    /// The fault of a type that came after the destination.
    pub(super) fn newer(value_type: ValueType, target: &Target) -> Self {
        Self::NewerType {
            name: value_type.name(),
            byte: value_type.byte(),
            since: value_type.since(),
            reads: target.reads(),
        }
    }
}
