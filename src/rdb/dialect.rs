//! Servers that write RDB files with records of their own.

use std::fmt;

/// A server other than Redis and Valkey that writes files with the magic of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// It writes RDB version 9 with the types of Redis 7.2, and with types and opcodes of its own.
    Dragonfly,
    /// It writes RDB version 9, with the expiry of members after their key, and with cron jobs.
    KeyDb,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dragonfly => "Dragonfly",
            Self::KeyDb => "KeyDB",
        })
    }
}

/// The auxiliary fields by which `KeyDB` writes the expiry of a member, after the key that the member belongs to.
const MEMBER_EXPIRY: [&[u8]; 2] = [b"keydb-subexpire-key", b"keydb-subexpire-when"];

/// Whether an auxiliary field belongs to the key before it.
pub(super) fn is_member_expiry(aux: &[u8]) -> bool {
    MEMBER_EXPIRY.contains(&aux)
}

impl Dialect {
    /// The server that writes this auxiliary field, if it is none of Redis and Valkey.
    #[must_use]
    pub fn of_aux(name: &[u8]) -> Option<Self> {
        match name {
            b"df-ver" => Some(Self::Dragonfly),
            b"mvcc-tstamp" => Some(Self::KeyDb),
            name if is_member_expiry(name) => Some(Self::KeyDb),
            _ => None,
        }
    }

    /// The RDB version whose types a file of this version has.
    pub(super) fn version_of_types(self, version: u16) -> u16 {
        /// The RDB version of Redis 7.2, from which Dragonfly took its types.
        const TYPES_OF_DRAGONFLY: u16 = 11;
        if self == Self::Dragonfly { version.max(TYPES_OF_DRAGONFLY) } else { version }
    }
}

/// Whether Dragonfly gives this byte a meaning of its own.
pub(super) fn is_of_dragonfly(byte: u8) -> bool {
    matches!(byte, 30..=37 | 200..=240)
}
