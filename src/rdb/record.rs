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
    /// The keys that follow are in this slot of a cluster.
    Slot(u64),
    /// A function library, as the payload that `FUNCTION RESTORE` accepts.
    Function(Bytes),
    /// A key with its value.
    Key(KeyRecord),
    /// Something that has no place in a key's entry.
    NotCarried(NotCarried),
    /// The last record of the file itself.
    End(Checksum),
    /// After the end, the commands of an AOF follow.
    Commands,
}

/// What a file contains, and is not carried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NotCarried {
    /// Data that a module keeps outside of keys, such as the indexes of a search.
    #[error("data that the module `{0}` keeps outside of keys is not carried, such as the indexes of RediSearch")]
    ModuleData(String),
    /// Valkey 9.0: slots that were being imported into the node.
    #[error("slots were being imported into the node when it wrote the file: their keys may be incomplete")]
    SlotImport,
    /// Dragonfly: `STICK`, and the flags of memcached.
    #[error("properties of keys that only Dragonfly has (`STICK`, flags of memcached) are not carried")]
    DragonflyProperties,
    /// The writer of a pipe has not closed it.
    #[error("the pipe was still open after the end of the file: what is written to it later is not read")]
    OpenPipe,
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

impl KeyRecord {
    /// No key.
    pub(super) fn none() -> Self {
        Self {
            key: Key::default(),
            expires_at: None,
            idle: None,
            frequency: None,
            type_name: Cow::default(),
            length: 0,
            value: Value::Skipped,
        }
    }
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
    /// It is of a type that only one server reads.
    #[error("the value is {0}, which no other server reads")]
    Foreign(ForeignKind),
    /// `KeyDB`: members of the value expire.
    #[error("members of the value expire, which only KeyDB supports")]
    MemberExpiry,
    /// The expiry of the key, in ms, is before 1970.
    #[error("the expiry of the key is {0} ms, which is no time")]
    Expiry(i64),
}

/// A kind of value that only one server reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the texts describe them")]
pub enum ForeignKind {
    #[error("a JSON document of Dragonfly")]
    DragonflyJson,
    #[error("a hash of Dragonfly with fields that expire")]
    DragonflyHash,
    #[error("a set of Dragonfly with members that expire")]
    DragonflySet,
    #[error("a Bloom filter of Dragonfly")]
    DragonflyBloomFilter,
    #[error("a top-k list of Dragonfly")]
    DragonflyTopK,
    #[error("a cron job of KeyDB")]
    KeyDbCron,
    #[error("a path hash of Valkey 9.2")]
    ValkeyPathHash,
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
