//! A key that a source returned.

use std::borrow::Cow;

use super::ReadResult;
use super::backup::ReadAheadPermit;
use crate::entry::Key;
use crate::payload::Origin;
use crate::rdb::Value;

/// A key that a source returned.
#[derive(Debug)]
pub struct SourceKey {
    pub db: u16,
    pub key: Key,
    /// Its value, if the source returns keys with their values. In a box, because most do not.
    pub value: Option<Box<HeldValue>>,
}

/// A value that a file returned with its key.
#[derive(Debug)]
pub struct HeldValue {
    /// Unix time in ms at which the key expires; `None` if it does not.
    pub expires_at: Option<u64>,
    /// The type as `TYPE` returns it.
    pub type_name: Cow<'static, str>,
    /// The server that wrote it.
    pub origin: Origin,
    /// The value, or why it is missing.
    pub value: Value,
    /// Counts the value among those that were read ahead, if it is large.
    #[expect(dead_code, reason = "releases its bytes on drop")]
    pub permit: Option<ReadAheadPermit>,
}

impl HeldValue {
    /// Payload bytes.
    pub fn bytes(&self) -> usize {
        self.value.bytes()
    }

    /// The result of reading the key.
    pub fn into_result(self) -> ReadResult {
        let failed =
            |why: String| ReadResult::Failed { type_name: Some(self.type_name.into_owned()), refusal: why.into() };
        match self.value {
            Value::Payload(payload) => ReadResult::Value { expires_at: self.expires_at, payload },
            Value::Unreadable(why) => failed(why.to_string()),
            Value::Skipped => failed("the value was not read from the file".to_owned()),
        }
    }
}
