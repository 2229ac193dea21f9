//! The number of lanes.

use serde::{Serialize, Serializer};

/// The number of lanes in which a source is walked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// The round trip to the source decides.
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
