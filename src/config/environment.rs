//! The environment variables of a request.

use std::ffi::OsString;

use super::fault::{Fault, Faults, Problem};
use super::origin::Origin;

/// All variables, by name.
pub(super) struct Environment(Vec<(String, OsString)>);

impl Environment {
    /// Names that are not UTF-8 are shown with `�`; no known name has one, so they are reported where they begin with `RKM_`.
    pub fn new(variables: &[(OsString, OsString)]) -> Self {
        let mut named: Vec<_> =
            variables.iter().map(|(name, value)| (name.to_string_lossy().into_owned(), value.clone())).collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        Self(named)
    }

    /// The value of a variable, `None` if there is none, or if it is not UTF-8, which is reported.
    pub fn get(&self, name: &str, faults: &mut Faults) -> Option<String> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        value.to_str().map(str::to_owned).or_else(|| {
            faults.push(Fault::at(Origin::Variable(name.to_owned()), Problem::NotUtf8));
            None
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// All variables that are texts and whose names begin with this, in order.
    pub fn texts_with(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str()?)));
        all.filter(move |(name, _)| name.starts_with(prefix))
    }

    /// All names that begin with this, in order.
    pub fn names_with(&self, prefix: &str) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str()).filter(move |name| name.starts_with(prefix))
    }
}
