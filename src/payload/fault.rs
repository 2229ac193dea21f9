//! Errors of serialised bytes.

/// Why bytes cannot be read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {at})")]
pub struct Fault {
    /// The offset of the fault, from the first byte that was read.
    pub at: u64,
    /// The problem at this offset.
    pub kind: FaultKind,
}

/// What can be wrong with serialised bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The bytes end too early. Reading may succeed once more of them have arrived.
    #[error("the bytes end early")]
    Short,
    /// The bytes do not follow the format.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The type of a value is unknown, and therefore its end.
    #[error("the type {0} is not known")]
    UnknownType(u8),
    /// The bytes were changed after the checksum was computed.
    #[error("the checksum is {found:016x}, but the bytes have {computed:016x}")]
    Checksum {
        /// The checksum in the payload.
        found: u64,
        /// The checksum of the bytes before it.
        computed: u64,
    },
}

impl Fault {
    pub(crate) fn corrupt(at: usize, why: &'static str) -> Self {
        Self { at: at as u64, kind: FaultKind::Corrupt(why) }
    }

    pub(crate) fn short(at: usize) -> Self {
        Self { at: at as u64, kind: FaultKind::Short }
    }

    /// The same fault at the offset `at`, where something begins that is complete: it is corrupt rather than short,
    /// because more bytes cannot help.
    pub(crate) fn inside(self, at: usize) -> Self {
        let kind = if self.kind == FaultKind::Short {
            FaultKind::Corrupt("a string ends in the middle of what it holds")
        } else {
            self.kind
        };
        Self { at: at as u64, kind }
    }

    /// The same fault, with an offset that counts `before` bytes more.
    pub(crate) fn after(self, before: u64) -> Self {
        Self { at: self.at + before, ..self }
    }
}
