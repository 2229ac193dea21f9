//! What a file holds, one by one.

use std::borrow::Cow;

use bytes::Bytes;

use super::FileHeader;
use crate::entry::Key;

/// One thing that a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The first: whose file it is.
    Header(FileHeader),
    /// Something about the file: `redis-ver`, `ctime`, `used-mem`, ….
    Aux {
        /// Its name.
        name: Bytes,
        /// Its value.
        value: Bytes,
    },
    /// The keys that follow are in this database.
    SelectDb(u64),
    /// How many keys the database has.
    ResizeDb {
        /// All of them.
        keys: u64,
        /// Those that expire.
        expiring: u64,
    },
    /// A library of functions, as the payload that `FUNCTION RESTORE` takes.
    Function(Bytes),
    /// A key.
    Key(KeyRecord),
    /// The last: there are no more records.
    End(Checksum),
}

/// A key with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key.
    pub key: Key,
    /// Unix time in ms at which it expires, past or not; `None` where it does not.
    pub expires_at: Option<u64>,
    /// For how many seconds it was not used, where the file says so.
    pub idle: Option<u64>,
    /// How often it is used (`OBJECT FREQ`), where the file says so.
    pub frequency: Option<u8>,
    /// Its type, by the name that `TYPE` gives it.
    pub type_name: Cow<'static, str>,
    /// Bytes that the value takes in the file.
    pub length: u64,
    /// The value.
    pub value: Value,
}

/// A key's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// As `DUMP` would give it, with the lowest version that its type needs.
    Payload(Bytes),
    /// Not asked for.
    Skipped,
    /// Passed over, as nothing could be made of it.
    Unreadable(Unreadable),
}

impl Value {
    /// Bytes of its payload.
    #[must_use]
    pub fn bytes(&self) -> usize {
        if let Self::Payload(payload) = self { payload.len() } else { 0 }
    }
}

/// Why nothing could be made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than a payload may have.
    #[error("the value takes more than {limit} bytes, the most that one payload may have")]
    TooLarge {
        /// The most that is kept.
        limit: u64,
    },
    /// It refers to a template that the file does not hold.
    #[error("the value's fields are named by the template {0}, which the file does not hold")]
    NoTemplate(u64),
}

/// What the end of a file says about the bytes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// They are the ones that were written.
    Right,
    /// Nothing: the server that wrote it was told not to compute one (`rdbchecksum no`).
    Off,
    /// Nothing: before version 5 there was none.
    Absent,
}
