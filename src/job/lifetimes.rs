//! Which keys a job moves, by their expiry.

use std::time::Duration;

use serde::Serialize;

use super::as_optional_text;

/// The bounds for the time that a key has left when the job starts; `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lifetimes {
    /// A key expires no sooner than this, or never.
    #[serde(rename = "min_ttl", serialize_with = "as_optional_text")]
    pub min: Option<Duration>,
    /// A key expires no later than this.
    #[serde(rename = "max_ttl", serialize_with = "as_optional_text")]
    pub max: Option<Duration>,
}

/// The same bounds as points in time, which are fixed when the job starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpiryBounds {
    earliest: Option<u64>,
    latest: Option<u64>,
}

impl Lifetimes {
    /// Whether every key matches.
    #[must_use]
    pub fn is_unbounded(self) -> bool {
        self == Self::default()
    }

    /// The bounds of a job that starts at this time, in Unix time in ms.
    #[must_use]
    pub fn from(self, now_ms: u64) -> ExpiryBounds {
        let at = |ttl: Duration| now_ms.saturating_add(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        ExpiryBounds { earliest: self.min.map(at), latest: self.max.map(at) }
    }
}

impl ExpiryBounds {
    /// Whether every key matches.
    #[must_use]
    pub fn is_unbounded(self) -> bool {
        self == Self::default()
    }

    /// Whether a key with this expiry, in Unix time in ms, matches. A key that never expires is later than every bound.
    #[must_use]
    pub fn contain(self, expires_at: Option<u64>) -> bool {
        let at = expires_at.unwrap_or(u64::MAX);
        self.earliest.is_none_or(|earliest| at >= earliest)
            && self.latest.is_none_or(|latest| expires_at.is_some() && at <= latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_what_they_permit() {
        let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
        let contain = |min, max, expires_at| {
            Lifetimes { min: seconds(min), max: seconds(max) }.from(1_000_000).contain(expires_at)
        };
        for (min, max, expires_at, expected) in [
            (None, None, None, true),
            (None, None, Some(0), true),
            (Some(5), None, Some(1_004_999), false),
            (Some(5), None, Some(1_005_000), true),
            (Some(5), None, None, true),
            (None, Some(5), Some(1_005_000), true),
            (None, Some(5), Some(1_005_001), false),
            (None, Some(5), None, false),
            (Some(5), Some(5), Some(1_005_000), true),
            (Some(1), Some(5), None, false),
        ] {
            assert_eq!(contain(min, max, expires_at), expected, "{min:?} {max:?} {expires_at:?}");
        }
    }
}
