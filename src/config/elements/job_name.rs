//! The name of a job.

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, is_word};

/// One or more of `A-Z a-z 0-9 _ -`; can be read back from between the `__` of a variable's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobName(pub String);

impl JobName {
    /// Its form in `RKM_JOB__<NAME>__…`: in capitals, `-` as `_`.
    pub fn in_variables(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }
}

/// Reads a name of this kind. The names of its variables begin with `prefix`.
pub(super) fn read_name<E: Element>(text: &str, prefix: &str) -> Result<JobName, Rejection> {
    if !is_word(text) {
        return Err(E::refusal());
    }
    let name = JobName(text.to_owned());
    let form = name.in_variables();
    if form.contains("__") || form.starts_with('_') || form.ends_with('_') {
        return Err(Rejection::must(format!(
            "without `__` and without `_` or `-` at its start or end, because its form in variables is \
             `{prefix}{form}__…`"
        )));
    }
    Ok(name)
}

impl Element for JobName {
    type Value = Self;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`";

    fn from_text(text: &str) -> Result<Self, Rejection> {
        read_name::<Self>(text, "RKM_JOB__")
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_name_stands_in_capitals_in_variables() {
        assert_eq!(accepts::<JobName>("carts").in_variables(), "CARTS");
        assert_eq!(accepts::<JobName>("eu-carts_2").in_variables(), "EU_CARTS_2");
    }

    #[test]
    fn other_characters_are_refused() {
        for text in ["", "a b", "a.b", "ä", "a/b", "a\n"] {
            assert_eq!(refuses::<JobName>(text), JobName::EXPECTED, "{text:?}");
        }
        refuses::<JobName>(7);
    }

    #[test]
    fn names_that_are_ambiguous_in_variables_are_refused() {
        for text in ["a__b", "a--b", "a_-b", "_a", "a_", "-a", "a-", "_"] {
            assert!(refuses::<JobName>(text).starts_with("without `__`"), "{text:?}");
        }
    }
}
