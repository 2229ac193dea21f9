//! The name of a job.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};

/// One or more of `A-Z a-z 0-9 _ -`, fit to stand between the `__` of a variable's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobName(pub String);

const EXPECTED: &str = "one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`";

impl JobName {
    fn parse(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
            return Err(Refusal::Expected);
        }
        let form = Self(text.to_owned()).in_variables();
        if form.contains("__") || form.starts_with('_') || form.ends_with('_') {
            return Err(Refusal::Must(format!(
                "without `__` and without `_` or `-` at an end, as it has to be told apart in `RKM_JOB__{form}__…`, \
                 where `-` is written as `_`"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// As it stands in `RKM_JOB__<NAME>__…`: in capitals, `-` as `_`.
    pub fn in_variables(&self) -> String {
        self.0.to_ascii_uppercase().replace('-', "_")
    }
}

impl Element for JobName {}

impl<'de> Deserialize<'de> for JobName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText { expected: EXPECTED, parse: Self::parse })
    }
}

impl JsonSchema for JobName {
    fn schema_name() -> Cow<'static, str> {
        "JobName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$" })
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
            assert_eq!(refuses::<JobName>(text), EXPECTED, "{text:?}");
        }
        refuses::<JobName>(7);
    }

    #[test]
    fn names_that_could_not_be_told_apart_in_variables_are_refused() {
        for text in ["a__b", "a--b", "a_-b", "_a", "a_", "-a", "a-", "_"] {
            assert!(refuses::<JobName>(text).starts_with("without `__`"), "{text:?}");
        }
    }
}
