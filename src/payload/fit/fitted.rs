//! What a payload has become.

use bytes::Bytes;

use crate::outcome::How;

/// A payload that the destination takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// It.
    pub payload: Bytes,
    /// What was done to it.
    pub how: How,
    /// Fields that are to expire, with the unix time in ms, where the payload cannot say so: `HPEXPIREAT`
    /// after `RESTORE`. Mostly empty.
    pub field_expiries: Vec<(Bytes, i64)>,
}
