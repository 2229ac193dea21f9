//! In how many lanes a source is walked.

use serde::{Serialize, Serializer};

/// In how many lanes a source is walked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// Depends on the latency of the source.
    Auto,
    /// This many: a power of two, 1–64.
    Fixed(u32),
}

impl Lanes {
    /// The most lanes there can be.
    pub const MOST: u32 = 64;
}

impl Serialize for Lanes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Fixed(lanes) => to.serialize_u32(*lanes),
        }
    }
}
