//! Texts that are taken as they are, character by character.

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};
use crate::job::Secret;

/// The user to log in as.
pub struct Username;

impl Element for Username {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "a text";

    fn from_text(text: &str) -> Result<String, Rejection> {
        Ok(text.to_owned())
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}

/// The name under which Sentinels monitor a master.
pub struct ServiceName;

impl Element for ServiceName {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "a text that is not empty, without spaces";

    fn from_text(text: &str) -> Result<String, Rejection> {
        let is_name = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if is_name { Ok(text.to_owned()) } else { Err(Self::refusal()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[^\s\x00-\x1f\x7f]+$" })
    }
}

/// What to log in with.
pub struct Password;

impl Element for Password {
    type Value = Secret;
    const KIND: ValueKind = ValueKind::Secret;
    const EXPECTED: &'static str = "a text (in quotes, if it consists of digits)";

    fn from_text(text: &str) -> Result<Secret, Rejection> {
        Ok(Secret::new(text))
    }

    fn schema() -> Json {
        json!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn every_character_counts() {
        for text in ["", " ", "[ab]", "643", "{x}", "true", "007", "\"quoted\"", "p@ss:w/rd%"] {
            assert_eq!(accepts::<Password>(text).reveal(), text);
            assert_eq!(accepts::<Username>(text), text);
        }
    }

    #[test]
    fn a_service_has_a_name_in_one_word() {
        assert_eq!(accepts::<ServiceName>("mymaster"), "mymaster");
        for text in ["", " ", "my master", "mymaster\n"] {
            assert_eq!(refuses::<ServiceName>(text), "a text that is not empty, without spaces");
        }
    }

    #[test]
    fn a_number_is_no_text() {
        assert_eq!(refuses::<Username>(643), "a text");
        assert_eq!(refuses::<Password>(643), "a text (in quotes, if it consists of digits)");
    }
}
