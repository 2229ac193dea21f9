//! Texts of which every character counts.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::FromText;
use crate::job::Secret;

/// Whom to log in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(pub String);

/// What to log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password(pub Secret);

impl Element for Username {}
impl Element for Password {}

impl<'de> Deserialize<'de> for Username {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText { expected: "a text", parse: |text| Ok(Self(text.to_owned())) })
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: "a text (in quotes, where it is one of digits)",
            parse: |text| Ok(Self(Secret::new(text))),
        })
    }
}

impl JsonSchema for Username {
    fn schema_name() -> Cow<'static, str> {
        "Username".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl JsonSchema for Password {
    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn every_character_counts() {
        for text in ["", " ", "[ab]", "643", "{x}", "true", "007", "\"quoted\"", "p@ss:w/rd%"] {
            assert_eq!(accepts::<Password>(text).0.reveal(), text);
            assert_eq!(accepts::<Username>(text).0, text);
        }
    }

    #[test]
    fn a_number_is_no_text() {
        assert_eq!(refuses::<Username>(643), "a text");
        assert_eq!(refuses::<Password>(643), "a text (in quotes, where it is one of digits)");
    }
}
