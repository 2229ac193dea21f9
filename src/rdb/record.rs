//! The records of a file, as the reader returns them.

use std::borrow::Cow;

use bytes::Bytes;

use super::FileHeader;
use crate::entry::Key;

/// One record of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Always the first record.
    Header(FileHeader),
    /// Metadata of the file: `redis-ver`, `ctime`, `used-mem`, ….
    #[expect(missing_docs, reason = "a name and its value")]
    Aux { name: Bytes, value: Bytes },
    /// The keys that follow are in this database.
    SelectDb(u64),
    /// The size of the database.
    ResizeDb {
        /// All keys.
        keys: u64,
        /// Keys with an expiry.
        expiring: u64,
    },
    /// A function library, as the payload that `FUNCTION RESTORE` accepts.
    Function(Bytes),
    /// A key with its value.
    Key(KeyRecord),
    /// Always the last record.
    End(Checksum),
}

/// A key with everything that the file states about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its name.
    pub key: Key,
    /// The expiry in unix ms, which may have passed; `None` if the key does not expire.
    pub expires_at: Option<u64>,
    /// Seconds since the key was last used, if the file states it.
    pub idle: Option<u64>,
    /// The counter that `OBJECT FREQ` reports, if the file states it.
    pub frequency: Option<u8>,
    /// The name that `TYPE` returns.
    pub type_name: Cow<'static, str>,
    /// The size of the value in the file, in bytes.
    pub length: u64,
    /// The value, unless it was skipped.
    pub value: Value,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// What `DUMP` would return, with the lowest RDB version that its type needs.
    Payload(Bytes),
    /// Values were not wanted when the key was read.
    Skipped,
    /// No payload can be made of the value.
    Unreadable(Unreadable),
}

impl Value {
    /// The size of the payload in bytes; 0 without one.
    #[must_use]
    pub fn bytes(&self) -> usize {
        if let Self::Payload(payload) = self { payload.len() } else { 0 }
    }
}

/// Why no payload can be made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is larger than [`ReadLimits::payload`](super::ReadLimits::payload).
    #[error("the value takes more than {limit} bytes, the most that one payload may have")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// It refers to a template that the file lacks.
    #[error("the value's fields are named by the template {0}, which the file does not hold")]
    NoTemplate(u64),
}

/// What the checksum at the end of a file proves about the bytes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// They are the bytes that were written.
    Right,
    /// Nothing: the server that wrote the file computed none (`rdbchecksum no`).
    Off,
    /// Nothing: files had no checksum before RDB version 5.
    Absent,
}
