//! The types of the keys that a job moves.

use figment::value::Value;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, each_once, is_word};

/// The types of a server without modules.
pub const BASE_TYPES: [&str; 6] = ["string", "list", "set", "zset", "hash", "stream"];

/// Types as `TYPE` names them, each once.
pub struct TypeNames;

struct TypeName;

impl Element for TypeName {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "`string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type: nine of \
                                    the characters `A-Z`, `a-z`, `0-9`, `_` and `-`";

    fn from_text(text: &str) -> Result<String, Rejection> {
        let of_module = text.len() == 9 && is_word(text);
        if of_module || BASE_TYPES.contains(&text) { Ok(text.to_owned()) } else { Err(Self::refusal()) }
    }

    fn schema() -> Json {
        let of_module = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{9}$" });
        json!({ "anyOf": [{ "type": "string", "enum": BASE_TYPES }, of_module] })
    }
}

impl Element for TypeNames {
    type Value = Vec<String>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = r#"a list of types, such as ["string", "hash"]"#;

    fn from_list(list: &[Value]) -> Result<Vec<String>, Rejection> {
        let names = each_once::<TypeName>(list)?;
        if names.is_empty() {
            return Err(Rejection::must("a list of at least one type; without the key, keys of all types are moved"));
        }
        Ok(names)
    }

    fn schema() -> Json {
        json!({ "type": "array", "minItems": 1, "items": TypeName::schema() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn base_types_and_types_of_modules() {
        assert_eq!(accepts::<TypeNames>(vec!["hash", "ReJSON-RL"]), ["hash", "ReJSON-RL"]);
        assert_eq!(accepts::<TypeNames>(BASE_TYPES.to_vec()), BASE_TYPES);
    }

    #[test]
    fn a_type_named_twice_counts_once() {
        assert_eq!(accepts::<TypeNames>(vec!["hash", "hash"]), ["hash"]);
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
