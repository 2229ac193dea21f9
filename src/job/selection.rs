//! Which keys a job is for.

use serde::Serialize;

use super::Glob;

/// Which keys a job is for.
#[derive(Clone, Debug, Serialize)]
pub struct Selection {
    /// A key is meant when one of these matches. Never empty.
    #[serde(rename = "match")]
    pub matches: Vec<Glob>,
    /// … and none of these does.
    pub exclude: Vec<Glob>,
    /// … and its type is one of these. Empty means all.
    pub types: Vec<String>,
}

impl Selection {
    /// The pattern that travels in `SCAN … MATCH`: the only one, unless it matches everything.
    #[must_use]
    pub fn scan_match(&self) -> Option<&Glob> {
        match self.matches.as_slice() {
            [only] if !only.matches_all() => Some(only),
            _ => None,
        }
    }

    /// The type that travels in `SCAN … TYPE`: the only one.
    #[must_use]
    pub fn scan_type(&self) -> Option<&str> {
        match self.types.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether a key is meant by its name, seen from here: what `SCAN … MATCH` has done is not done again.
    #[must_use]
    pub fn takes_name(&self, key: &[u8]) -> bool {
        let matched = self.matches.len() == 1 || self.matches.iter().any(|glob| glob.matches(key));
        matched && !self.exclude.iter().any(|glob| glob.matches(key))
    }

    /// Whether types have to be asked for key by key.
    #[must_use]
    pub fn asks_types(&self) -> bool {
        self.types.len() > 1
    }

    /// Whether a key is meant by its type.
    #[must_use]
    pub fn takes_type(&self, type_name: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == type_name)
    }
}
