//! What happens to a key that the destination already has.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};
use crate::job::OnExisting;

/// `skip` or `replace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExistingKeys(pub OnExisting);

impl Element for ExistingKeys {}

impl<'de> Deserialize<'de> for ExistingKeys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: r#""skip" or "replace""#,
            parse: |text| match text {
                "skip" => Ok(Self(OnExisting::Skip)),
                "replace" => Ok(Self(OnExisting::Replace)),
                _ => Err(Refusal::Expected),
            },
        })
    }
}

impl JsonSchema for ExistingKeys {
    fn schema_name() -> Cow<'static, str> {
        "ExistingKeys".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["skip", "replace"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn there_are_two_ways() {
        assert_eq!(accepts::<ExistingKeys>("skip").0, OnExisting::Skip);
        assert_eq!(accepts::<ExistingKeys>("replace").0, OnExisting::Replace);
        assert_eq!(refuses::<ExistingKeys>("overwrite"), r#""skip" or "replace""#);
        refuses::<ExistingKeys>(true);
    }
}
