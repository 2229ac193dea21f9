//! A prefix of names.

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// A longer prefix is a mistake, and every key in flight would hold it.
const LONGEST: usize = 1000;

/// A prefix of names. An empty one cancels the prefix of weaker layers.
pub struct Prefix;

impl Element for Prefix {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "a text of at most 1000 characters (in quotes, if it consists of digits)";

    fn from_text(text: &str) -> Result<String, Rejection> {
        if text.chars().count() > LONGEST { Err(Self::refusal()) } else { Ok(text.to_owned()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "maxLength": LONGEST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn every_character_counts() {
        for text in ["", " ", "a:", "[*]", "\\", "007", "ключ:"] {
            assert_eq!(accepts::<Prefix>(text), text);
        }
    }

    #[test]
    fn a_number_and_a_very_long_text_are_no_prefixes() {
        assert_eq!(accepts::<Prefix>("ж".repeat(1000)).len(), 2000);
        refuses::<Prefix>("ж".repeat(1001));
        assert_eq!(refuses::<Prefix>(7), "a text of at most 1000 characters (in quotes, if it consists of digits)");
    }
}
