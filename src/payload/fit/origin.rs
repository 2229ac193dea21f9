//! Where a payload comes from.

use crate::payload::container::BacklenEncoding;
use crate::version::{Flavour, Version};

/// The server that wrote a payload, or the file that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The flavour, on which the meaning of some types depends.
    pub flavour: Flavour,
    /// The version of the server, if it is known.
    pub version: Option<Version>,
}

impl Origin {
    /// A server of this flavour and version.
    #[must_use]
    pub fn of(flavour: Flavour, version: Version) -> Self {
        Self { flavour, version: Some(version) }
    }

    /// A file of this flavour that does not state the version of its server (`redis-ver` or `valkey-ver`).
    #[must_use]
    pub fn of_file(flavour: Flavour) -> Self {
        Self { flavour, version: None }
    }

    /// How the server encodes backward lengths; `None` if the version does not determine it.
    pub(super) fn backlen_encoding(self) -> Option<BacklenEncoding> {
        let version = self.version?;
        match self.flavour {
            // 9.1.2 has it; it is not known which release of that summer was the first.
            Flavour::Valkey if version >= SEEN_MINIMAL => Some(BacklenEncoding::Minimal),
            Flavour::Valkey if version < Version::new(9, 0) => Some(BacklenEncoding::Padded),
            Flavour::Redis if version < Version::new(8, 5) => Some(BacklenEncoding::Padded),
            _ => None,
        }
    }

    /// Whether both servers encode backward lengths in the same way, so that they need not be looked for.
    pub(super) fn encodes_backlens_like(self, other: Self) -> bool {
        match (self.backlen_encoding(), other.backlen_encoding()) {
            (None, None) => self == other && self.version.is_some(),
            (own, others) => own == others,
        }
    }
}

/// The first version of Valkey that is known to write backward lengths without the byte that is not needed.
const SEEN_MINIMAL: Version = Version { major: 9, minor: 1, patch: 2 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_encoding_is_only_like_that_of_the_same_server() {
        let redis = |major, minor| Origin::of(Flavour::Redis, Version::new(major, minor));
        let valkey = Origin::of(Flavour::Valkey, SEEN_MINIMAL);
        assert!(redis(7, 0).encodes_backlens_like(redis(8, 2)));
        assert!(valkey.encodes_backlens_like(valkey));
        assert!(!valkey.encodes_backlens_like(redis(7, 0)));
        assert!(redis(8, 8).encodes_backlens_like(redis(8, 8)));
        assert!(!redis(8, 8).encodes_backlens_like(redis(8, 10)));
        assert!(!Origin::of_file(Flavour::Redis).encodes_backlens_like(Origin::of_file(Flavour::Redis)));
    }
}
