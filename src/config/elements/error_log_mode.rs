//! What happens to an error log that is there already.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};
use crate::job::LogMode;

/// `overwrite` or `append`; or, as the script had it, `w` or `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorLogMode(pub LogMode);

impl Element for ErrorLogMode {
    fn canonical(&self) -> Option<&'static str> {
        Some(match self.0 {
            LogMode::Overwrite => "overwrite",
            LogMode::Append => "append",
        })
    }
}

impl<'de> Deserialize<'de> for ErrorLogMode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: r#""overwrite" or "append" (or, in short, "w" or "a")"#,
            parse: |text| match text {
                "overwrite" | "w" => Ok(Self(LogMode::Overwrite)),
                "append" | "a" => Ok(Self(LogMode::Append)),
                _ => Err(Refusal::Expected),
            },
        })
    }
}

impl JsonSchema for ErrorLogMode {
    fn schema_name() -> Cow<'static, str> {
        "ErrorLogMode".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": ["overwrite", "append", "w", "a"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn short_forms_mean_the_long_ones() {
        for (short, long) in [("w", "overwrite"), ("a", "append")] {
            assert_eq!(accepts::<ErrorLogMode>(short), accepts::<ErrorLogMode>(long));
            assert_eq!(accepts::<ErrorLogMode>(short).canonical(), Some(long));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "W", "x", "r", "overwrite "] {
            assert_eq!(refuses::<ErrorLogMode>(text), r#""overwrite" or "append" (or, in short, "w" or "a")"#);
        }
    }
}
