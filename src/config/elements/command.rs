//! A command: a program and its arguments.

use figment::value::Value;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// The words of a command. No shell reads them.
pub struct CommandWords;

impl Element for CommandWords {
    type Value = Vec<String>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = r#"a list of words, such as ["vault", "read", "redis"]"#;

    fn from_list(list: &[Value]) -> Result<Vec<String>, Rejection> {
        let words: Option<Vec<String>> = list.iter().map(|word| word.as_str().map(str::to_owned)).collect();
        let is_command = |words: &Vec<String>| {
            words.first().is_some_and(|program| !program.is_empty()) && !words.iter().any(|word| word.contains('\0'))
        };
        words.filter(is_command).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        let word = json!({ "type": "string", "pattern": r"^[^\x00]*$" });
        let program = json!({ "type": "string", "pattern": r"^[^\x00]+$" });
        json!({ "type": "array", "items": [program], "additionalItems": word, "minItems": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_command_is_a_program_and_its_arguments() {
        assert_eq!(accepts::<CommandWords>(vec!["token"]), ["token"]);
        assert_eq!(accepts::<CommandWords>(vec!["token", "", "a b"]), ["token", "", "a b"]);
    }

    #[test]
    fn a_text_or_a_list_without_a_program_is_no_command() {
        for list in [vec![], vec![""], vec!["", "a"], vec!["a\0b"]] {
            assert_eq!(refuses::<CommandWords>(list), r#"a list of words, such as ["vault", "read", "redis"]"#);
        }
        refuses::<CommandWords>("vault read redis");
        refuses::<CommandWords>(vec![7]);
    }
}
