//! The types of keys that a job is for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal, elements};

/// Types as `TYPE` names them, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeNames(pub Vec<String>);

/// What servers know without modules.
pub const BASE_TYPES: [&str; 6] = ["string", "list", "set", "zset", "hash", "stream"];

impl Element for TypeNames {}

struct TypeName(String);

impl<'de> Deserialize<'de> for TypeName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: "`string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type: nine of the \
                       characters `A-Z`, `a-z`, `0-9`, `_` and `-`",
            parse: |text| {
                let of_module =
                    text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
                if of_module || BASE_TYPES.contains(&text) { Ok(Self(text.to_owned())) } else { Err(Refusal::Expected) }
            },
        })
    }
}

struct ListOfTypes;

impl<'de> Visitor<'de> for ListOfTypes {
    type Value = TypeNames;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a list of types, such as ["string", "hash"]"#)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        for TypeName(name) in elements(list)? {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(A::Error::invalid_value(
                Unexpected::Seq,
                &"a list of at least one type; left out, it means all",
            ));
        }
        Ok(TypeNames(names))
    }
}

impl<'de> Deserialize<'de> for TypeNames {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(ListOfTypes)
    }
}

impl JsonSchema for TypeNames {
    fn schema_name() -> Cow<'static, str> {
        "TypeNames".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [
                    { "type": "string", "enum": BASE_TYPES },
                    { "type": "string", "pattern": "^[A-Za-z0-9_-]{9}$" },
                ],
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn base_types_and_types_of_modules() {
        assert_eq!(accepts::<TypeNames>(vec!["hash", "ReJSON-RL"]).0, ["hash", "ReJSON-RL"]);
        assert_eq!(accepts::<TypeNames>(BASE_TYPES.to_vec()).0, BASE_TYPES);
    }

    #[test]
    fn a_type_named_twice_counts_once() {
        assert_eq!(accepts::<TypeNames>(vec!["hash", "hash"]).0, ["hash"]);
    }

    #[test]
    fn misspelt_types_are_refused() {
        for name in ["", "Hash", "strings", "sorted-set", "TSDB-TYP"] {
            assert!(refuses::<TypeNames>(vec![name]).starts_with("`string`, `list`"), "{name:?}");
        }
        refuses::<TypeNames>("hash");
        refuses::<TypeNames>(vec![1]);
        refuses::<TypeNames>(Vec::<String>::new());
    }
}
