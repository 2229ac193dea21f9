//! A path of a file.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};

/// A path, relative to the current directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath(pub PathBuf);

impl Element for FilePath {}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: "the path of a file, not empty",
            parse: |text| {
                let fit = !text.is_empty() && !text.contains('\0');
                if fit { Ok(Self(text.into())) } else { Err(Refusal::Expected) }
            },
        })
    }
}

impl JsonSchema for FilePath {
    fn schema_name() -> Cow<'static, str> {
        "FilePath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[^\x00]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn any_text_but_none_is_a_path() {
        assert_eq!(accepts::<FilePath>("/dev/null").0, PathBuf::from("/dev/null"));
        assert_eq!(accepts::<FilePath>("a log").0, PathBuf::from("a log"));
        assert_eq!(refuses::<FilePath>(""), "the path of a file, not empty");
        refuses::<FilePath>("a\0b");
        refuses::<FilePath>(7);
    }
}
