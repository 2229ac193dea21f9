//! What a payload has become.

use bytes::Bytes;

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

/// What was done to a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// Nothing.
    Passed,
    /// It carries another version; its value is the same, byte for byte.
    Restamped,
    /// Its value is written in another form.
    Translated,
}
