//! A key that a source returned.

use std::borrow::Cow;

use super::backup::ReadAheadPermit;
use super::{KeyInfo, ReadResult};
use crate::entry::Key;
use crate::rdb::Value;
use crate::server::Refusal;

/// A key that a source returned.
#[derive(Debug)]
pub struct SourceKey {
    /// The database that it is in.
    pub db: u16,
    /// The key.
    pub key: Key,
    /// Its value, if the source returns keys with their values. In a box, because most do not.
    pub value: Option<Box<HeldValue>>,
}

/// A value that came with its key, out of a file.
#[derive(Debug)]
pub struct HeldValue {
    /// Unix time in ms at which the key expires; `None` if it does not.
    pub expires_at: Option<u64>,
    /// Its type, by the name that `TYPE` gives it.
    pub type_name: Cow<'static, str>,
    /// Bytes that the value takes in the file.
    pub length: u64,
    /// The value, or why it is not here.
    pub value: Value,
    /// What it takes of the room for values that were read ahead, if it is large.
    #[expect(dead_code, reason = "gives the room back when it is dropped")]
    pub room: Option<ReadAheadPermit>,
}

impl HeldValue {
    /// Bytes of the payload.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.value.bytes()
    }

    /// What reading the key would result in.
    #[must_use]
    pub fn into_result(self) -> ReadResult {
        let failed = |message| ReadResult::Failed { type_name: Some(self.type_name.into_owned()), message };
        match self.value {
            Value::Payload(payload) => ReadResult::Value { expires_at: self.expires_at, payload },
            Value::Unreadable(why) => failed(why.to_string()),
            Value::Skipped => failed("its value was left in the file".to_owned()),
        }
    }

    /// What is known without the value.
    #[must_use]
    pub fn info(&self) -> KeyInfo {
        match &self.value {
            Value::Unreadable(why) => KeyInfo::Refused(Refusal::Key(why.to_string())),
            Value::Payload(_) | Value::Skipped => {
                KeyInfo::There { type_name: self.type_name.clone().into_owned(), expires: self.expires_at.is_some() }
            }
        }
    }
}
