//! Which keys a job moves.

use serde::Serialize;

use super::{CharSign, Glob, Lifetimes};

/// Which keys a job moves.
#[derive(Clone, Debug, Serialize)]
pub struct Selection {
    /// A key matches if one of these patterns matches its name. Never empty.
    #[serde(rename = "match")]
    pub matches: Vec<Glob>,
    /// … and none of these does.
    pub exclude: Vec<Glob>,
    /// … and its type is one of these. Empty means all.
    pub types: Vec<String>,
    /// … and it expires within these bounds.
    #[serde(flatten)]
    pub lifetimes: Lifetimes,
    /// How the source compares bytes in ranges of patterns.
    #[serde(skip)]
    pub char_sign: CharSign,
}

impl Selection {
    /// The pattern for `SCAN … MATCH`, if there is only one, it does not match every key, and every server applies it
    /// in the same way.
    #[must_use]
    pub fn scan_match(&self) -> Option<&Glob> {
        match self.matches.as_slice() {
            [only] if !only.matches_all() && only.is_portable() => Some(only),
            _ => None,
        }
    }

    /// Whether a `SCAN` with [`Selection::scan_match`] returns only keys that match one of the patterns.
    #[must_use]
    pub fn is_matched_by_scan(&self) -> bool {
        self.scan_match().is_some() || self.matches.iter().any(Glob::matches_all)
    }

    /// The type for `SCAN … TYPE`, if there is only one.
    #[must_use]
    pub fn scan_type(&self) -> Option<&str> {
        match self.types.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether every key matches.
    #[must_use]
    pub fn matches_all(&self) -> bool {
        let has_filters = !self.exclude.is_empty() || !self.types.is_empty() || !self.lifetimes.is_unbounded();
        self.matches.iter().any(Glob::matches_all) && !has_filters
    }

    /// Whether a key matches by its name.
    #[must_use]
    pub fn matches_name(&self, key: &[u8]) -> bool {
        self.selects(key) && !self.excludes(key)
    }

    /// Whether a key's name matches one of the patterns of `match`.
    #[must_use]
    pub fn selects(&self, key: &[u8]) -> bool {
        self.matches.iter().any(|glob| glob.matches(key, self.char_sign))
    }

    /// Whether a key's name is excluded.
    #[must_use]
    pub fn excludes(&self, key: &[u8]) -> bool {
        self.exclude.iter().any(|glob| glob.matches(key, self.char_sign))
    }

    /// Whether a key matches by its type.
    #[must_use]
    pub fn matches_type(&self, type_name: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == type_name)
    }
}
