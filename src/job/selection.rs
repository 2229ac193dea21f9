//! Which keys a job moves.

use serde::Serialize;

use super::Glob;

/// Which keys a job moves.
#[derive(Clone, Debug, Serialize)]
pub struct Selection {
    /// A key is selected if one of these matches. Never empty.
    #[serde(rename = "match")]
    pub matches: Vec<Glob>,
    /// … and none of these does.
    pub exclude: Vec<Glob>,
    /// … and its type is one of these. Empty means all.
    pub types: Vec<String>,
}

impl Selection {
    /// The pattern for `SCAN … MATCH`: the only one, unless it matches everything.
    #[must_use]
    pub fn scan_match(&self) -> Option<&Glob> {
        match self.matches.as_slice() {
            [only] if !only.matches_all() => Some(only),
            _ => None,
        }
    }

    /// The type for `SCAN … TYPE`: the only one.
    #[must_use]
    pub fn scan_type(&self) -> Option<&str> {
        match self.types.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether every key is selected.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        self.matches.iter().any(Glob::matches_all) && self.exclude.is_empty() && self.types.is_empty()
    }

    /// Whether a key's name is selected.
    #[must_use]
    pub fn takes_name(&self, key: &[u8]) -> bool {
        self.matches.iter().any(|glob| glob.matches(key)) && !self.excludes(key)
    }

    /// Whether a key is excluded by its name.
    #[must_use]
    pub fn excludes(&self, key: &[u8]) -> bool {
        self.exclude.iter().any(|glob| glob.matches(key))
    }

    /// Whether a key's type is selected.
    #[must_use]
    pub fn takes_type(&self, type_name: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == type_name)
    }
}
