//! The tags of a job.

use figment::value::Value;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, each_once, is_word};

/// Words that select jobs, each once.
pub struct Tags;

struct Tag;

impl Element for Tag {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`";

    fn from_text(text: &str) -> Result<String, Rejection> {
        if is_word(text) { Ok(text.to_owned()) } else { Err(Self::refusal()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" })
    }
}

impl Element for Tags {
    type Value = Vec<String>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = r#"a list of words, such as ["eu", "nightly"]"#;

    fn from_list(list: &[Value]) -> Result<Vec<String>, Rejection> {
        each_once::<Tag>(list)
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": Tag::schema() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_tag_is_a_word_and_counts_once() {
        assert_eq!(accepts::<Tags>(vec!["eu", "a-b_1", "eu"]), ["eu", "a-b_1"]);
        assert!(accepts::<Tags>(Vec::<String>::new()).is_empty());
        for tag in ["", "a b", "a.b", "ä", "a*"] {
            assert_eq!(refuses::<Tags>(vec![tag]), Tag::EXPECTED, "{tag:?}");
        }
        refuses::<Tags>("eu");
    }
}
