//! Who wrote a payload.

use crate::payload::container::BacklenEncoding;
use crate::version::{Flavour, Version};

/// The server that wrote a payload, or the file that it was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose it is: what some types mean depends on it.
    pub flavour: Flavour,
    /// Its version, where it is known.
    pub version: Option<Version>,
}

impl Origin {
    /// A server of this flavour and version.
    #[must_use]
    pub fn of(flavour: Flavour, version: Version) -> Self {
        Self { flavour, version: Some(version) }
    }

    /// A file of this flavour. Its `redis-ver` or `valkey-ver` tells the version, where it has one.
    #[must_use]
    pub fn of_file(flavour: Flavour) -> Self {
        Self { flavour, version: None }
    }

    /// How it writes listpacks' items on a [border](BacklenEncoding); `None` where that cannot be told.
    pub(super) fn backlen_encoding(self) -> Option<BacklenEncoding> {
        let version = self.version?;
        match self.flavour {
            // Seen in 9.1.2; which of the releases of that summer had it first is not known.
            Flavour::Valkey if version >= SEEN_MINIMAL => Some(BacklenEncoding::Minimal),
            Flavour::Valkey if version < Version::new(9, 0) => Some(BacklenEncoding::Padded),
            Flavour::Redis if version < Version::new(8, 5) => Some(BacklenEncoding::Padded),
            _ => None,
        }
    }

    /// Whether both write such items alike, so that nobody has to look for them.
    pub(super) fn agrees_with(self, other: Self) -> bool {
        match (self.backlen_encoding(), other.backlen_encoding()) {
            (None, None) => self == other && self.version.is_some(),
            (ours, others) => ours == others,
        }
    }
}

/// The first version of Valkey that was seen to write them without the byte that is not needed.
const SEEN_MINIMAL: Version = Version { major: 9, minor: 1, patch: 2 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_known_agrees_with_nobody_but_itself() {
        let redis = |major, minor| Origin::of(Flavour::Redis, Version::new(major, minor));
        let valkey = Origin::of(Flavour::Valkey, SEEN_MINIMAL);
        assert!(redis(7, 0).agrees_with(redis(8, 2)));
        assert!(valkey.agrees_with(valkey));
        assert!(!valkey.agrees_with(redis(7, 0)));
        assert!(redis(8, 8).agrees_with(redis(8, 8)));
        assert!(!redis(8, 8).agrees_with(redis(8, 10)));
        assert!(!Origin::of_file(Flavour::Redis).agrees_with(Origin::of_file(Flavour::Redis)));
    }
}
