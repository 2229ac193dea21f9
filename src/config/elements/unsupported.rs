//! What happens to what the destination cannot hold as a whole.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};
use crate::job::OnUnsupported;

/// `fail` or `drop-field-ttl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported(pub OnUnsupported);

impl Element for Unsupported {}

impl<'de> Deserialize<'de> for Unsupported {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: r#""fail" or "drop-field-ttl""#,
            parse: |text| match text {
                "fail" => Ok(Self(OnUnsupported::Fail)),
                "drop-field-ttl" => Ok(Self(OnUnsupported::DropFieldTtl)),
                _ => Err(Refusal::Expected),
            },
        })
    }
}

impl JsonSchema for Unsupported {
    fn schema_name() -> Cow<'static, str> {
        "Unsupported".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["fail", "drop-field-ttl"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn there_are_two_ways() {
        assert_eq!(accepts::<Unsupported>("fail").0, OnUnsupported::Fail);
        assert_eq!(accepts::<Unsupported>("drop-field-ttl").0, OnUnsupported::DropFieldTtl);
        assert_eq!(refuses::<Unsupported>("drop"), r#""fail" or "drop-field-ttl""#);
        refuses::<Unsupported>(true);
    }
}
