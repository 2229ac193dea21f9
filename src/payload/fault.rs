//! What is wrong with serialised bytes, and where.

/// Bytes that are not what the format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {at})")]
pub struct Fault {
    /// Where, counted from the first byte that was looked at.
    pub at: u64,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The bytes end before what they announce. More of them may mend it.
    #[error("the bytes end early")]
    Short,
    /// The bytes cannot mean anything.
    #[error("{0}")]
    Corrupt(&'static str),
    /// A value's type that is not known, so that its end cannot be told.
    #[error("the type {0} is not known")]
    UnknownType(u8),
    /// The checksum is not the one of the bytes.
    #[error("the checksum is {found:016x}, but the bytes have {computed:016x}")]
    Checksum {
        /// What is written there.
        found: u64,
        /// What it should be.
        computed: u64,
    },
}

impl Fault {
    /// Bytes that cannot mean anything.
    #[must_use]
    pub fn corrupt(at: usize, why: &'static str) -> Self {
        Self { at: at as u64, kind: FaultKind::Corrupt(why) }
    }

    /// Bytes that end early.
    #[must_use]
    pub fn short(at: usize) -> Self {
        Self { at: at as u64, kind: FaultKind::Short }
    }

    /// The same fault, in something that begins at `at` and is all there: no more bytes would mend it.
    #[must_use]
    pub fn inside(self, at: usize) -> Self {
        let kind = if self.kind == FaultKind::Short {
            FaultKind::Corrupt("what is packed here ends within a part of it")
        } else {
            self.kind
        };
        Self { at: at as u64, kind }
    }

    /// The same fault, seen from where `before` more bytes come first.
    #[must_use]
    pub fn after(self, before: u64) -> Self {
        Self { at: self.at + before, ..self }
    }
}
