//! What is wrong with an RDB file, and where.

use std::io;

use crate::payload::{Fault, FaultKind};

/// A file that cannot be read on.
#[derive(Debug, thiserror::Error)]
#[error("{fault} (at byte {offset})")]
pub struct RdbError {
    /// Where, from the file's first byte; of a packed file, from the first byte of what it holds.
    pub offset: u64,
    /// What is wrong there.
    pub fault: RdbFault,
}

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
pub enum RdbFault {
    /// Something else.
    #[error("this is no RDB file: it begins with neither `REDIS` nor `VALKEY` and a version")]
    NotRdb,
    /// Nothing at all.
    #[error("the file is empty")]
    Empty,
    /// A version from after this was written.
    #[error("the file is of {flavour} RDB version {version}, but must be of one of {known}")]
    Version {
        /// Whose.
        flavour: &'static str,
        /// Which.
        version: u16,
        /// What can be read.
        known: &'static str,
    },
    /// The end came too early.
    #[error("the file ends early, in the middle of {0}")]
    Truncated(&'static str),
    /// Bytes that cannot mean anything.
    #[error("the file is damaged: {0}")]
    Corrupt(FaultKind),
    /// A record that nobody told us of.
    #[error("a record begins with the byte {0}, which is not known")]
    UnknownRecord(u8),
    /// A string that no server would take.
    #[error("a {what} of {length} bytes is announced, but the limit is {limit}")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long it says it is.
        length: u64,
        /// How long it may be.
        limit: u64,
    },
    /// A record that is kept, and goes on and on.
    #[error("a record of metadata takes more than {limit} bytes")]
    MetadataTooLong {
        /// How long it may be.
        limit: u64,
    },
    /// A value of type 6.
    #[error(
        "a value was written by a module of Redis 4.0's release candidates, and only that module knows where it ends"
    )]
    ModulePreGa,
    /// A record `f6`.
    #[error("a function was written by a release candidate of Redis 7.0, which no other version reads")]
    FunctionPreGa,
    /// The bytes are not the ones that were written.
    #[error("the checksum at the end is {stored:016x}, but the bytes before it have {computed:016x}")]
    Checksum {
        /// What stands at the end.
        stored: u64,
        /// What it should be.
        computed: u64,
    },
    /// Reading failed.
    #[error("reading fails: {0}")]
    Io(#[from] io::Error),
}

impl RdbError {
    /// Something wrong at the first byte of what is looked at.
    pub(super) fn here(fault: RdbFault) -> Self {
        Self { offset: 0, fault }
    }

    /// The same, seen from where `before` more bytes come first.
    pub(super) fn after(self, before: u64) -> Self {
        Self { offset: self.offset + before, ..self }
    }

    /// Whether more bytes may mend it.
    pub(super) fn is_short(&self) -> bool {
        matches!(self.fault, RdbFault::Corrupt(FaultKind::Short))
    }
}

impl From<Fault> for RdbError {
    fn from(fault: Fault) -> Self {
        Self { offset: fault.at, fault: RdbFault::Corrupt(fault.kind) }
    }
}
