//! What is wrong with an RDB file, and where.

use std::io;

use super::{Dialect, OtherFormat};
use crate::payload::{Fault, FaultKind};

/// Why a file cannot be read further.
#[derive(Debug, thiserror::Error)]
#[error("{fault} (at byte {offset})")]
pub struct RdbError {
    /// The offset in the file; of a packed file, in its unpacked bytes.
    pub offset: u64,
    /// The problem at this offset.
    pub fault: RdbFault,
}

/// What can be wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum RdbFault {
    /// The file has no RDB header.
    #[error("this is no RDB file: it begins with neither `REDIS` nor `VALKEY` and a version")]
    NotRdb,
    /// The file is of a format that is often given instead.
    #[error("this is no RDB file; {0}")]
    OtherFormat(OtherFormat),
    /// There is not one byte.
    #[error("the file is empty")]
    Empty,
    /// A version that is newer than this program, or does not exist.
    #[error("the file is of {flavour} RDB version {version}, but must be of one of {known}")]
    Version {
        /// The server that has versions of this kind.
        flavour: &'static str,
        /// The version of the file.
        version: u16,
        /// The versions that can be read.
        known: &'static str,
    },
    /// The file ends in the middle of this.
    #[error("the file ends early, in the middle of {0}")]
    Truncated(&'static str),
    /// The bytes cannot be a part of an RDB file.
    #[error("the file is damaged: {0}")]
    Corrupt(FaultKind),
    /// The byte is neither an opcode nor a type.
    #[error("a record begins with the byte {0}, which is not known")]
    UnknownRecord(u8),
    /// An opcode or a type that the version of the file does not have. Servers that are not Redis give such bytes a
    /// meaning of their own: Dragonfly writes `REDIS0009` with types that Redis introduced later as something else.
    #[error(
        "a record begins with the byte {byte}, which came with RDB version {since}, but the file has version {version}{hint}"
    )]
    NewerRecord {
        /// The opcode or type.
        byte: u8,
        /// The RDB version that introduced it.
        since: u16,
        /// The RDB version of the file.
        version: u16,
        /// Which server may have written it, or nothing.
        hint: &'static str,
    },
    /// A record that only this server reads, and whose end is unknown.
    #[error("a record begins with the byte {byte}, and only {server} knows where such a record ends")]
    ForeignRecord {
        /// The opcode or type.
        byte: u8,
        /// The server that wrote the file.
        server: Dialect,
    },
    /// Records that are packed, as Dragonfly writes its snapshots.
    #[error(
        "this is a snapshot in a format of Dragonfly (`.dfs`), with packed records: write an RDB file with `SAVE RDB`"
    )]
    DragonflySnapshot,
    /// A write that Valkey recorded while it saved without a child process.
    #[error(
        "a write was recorded as a command while Valkey saved the file, and commands are not applied: write the file \
         again while there are no writes"
    )]
    RecordedCommand,
    /// A string that is longer than any server accepts.
    #[error("a {what} of {length} bytes is announced, but the limit is {limit}")]
    TooLong {
        /// What the string is.
        what: &'static str,
        /// Its announced length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A record that must be kept for the keys that follow, and is too long for that.
    #[error("a record of metadata takes more than {limit} bytes")]
    MetadataTooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// A value of the type 6.
    #[error(
        "a value was written by a module of Redis 4.0's release candidates, and only that module knows where it ends"
    )]
    ModulePreGa,
    /// The file was changed after it was written.
    #[error("the checksum at the end is {stored:016x}, but the bytes before it have {computed:016x}")]
    Checksum {
        /// The checksum in the file.
        stored: u64,
        /// The checksum of the bytes before it.
        computed: u64,
    },
    /// A second RDB file follows, as in a concatenation of shards.
    #[error("another RDB file begins after the end of the first, and is not read: give each file a job of its own")]
    AnotherFile,
    /// Bytes follow that are neither padding nor an AOF.
    #[error("bytes that do not belong to an RDB file follow its end")]
    BytesAfterEnd,
    /// The bytes cannot be read.
    #[error("reading fails: {0}")]
    Io(#[from] io::Error),
}

impl RdbError {
    /// An error at the offset 0 of the bytes at hand.
    pub(super) fn here(fault: RdbFault) -> Self {
        Self { offset: 0, fault }
    }

    /// The same error, with an offset that counts `before` bytes more.
    pub(super) fn after(self, before: u64) -> Self {
        Self { offset: self.offset + before, ..self }
    }

    /// Whether the bytes are only incomplete.
    pub(super) fn is_short(&self) -> bool {
        matches!(self.fault, RdbFault::Corrupt(FaultKind::Short))
    }
}

impl From<Fault> for RdbError {
    fn from(fault: Fault) -> Self {
        Self { offset: fault.at, fault: RdbFault::Corrupt(fault.kind) }
    }
}
