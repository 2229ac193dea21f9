//! What all kinds of value have in common: how one is read, what it must be, its schema.

use figment::value::{Dict, Value};
use serde_json::{Value as Json, json};

/// How a value is read from a plain text: the value of a variable or of `--set`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Every character counts.
    Text,
    /// A text that is never shown.
    Secret,
    /// A duration, which is a text in TOML.
    Duration,
    /// A whole number.
    Number,
    /// A TOML list of texts, or one plain element.
    List,
    /// The same, or `false`.
    ListOrFalse,
    /// A whole number, a word, or a TOML list or table of whole numbers.
    Databases,
    /// `true` or `false`.
    Flag,
    /// A table, inline in a variable or an option.
    Table,
}

/// A kind of value. It overrides the method of each TOML type that it accepts; the others refuse.
pub trait Element {
    /// The type of the value in a job.
    type Value;

    /// How it is read from a variable or from `--set`.
    const KIND: ValueKind;

    /// What a value must be: fits after "must be".
    const EXPECTED: &'static str;

    /// The JSON Schema of its values.
    fn schema() -> Json;

    fn from_text(_: &str) -> Result<Self::Value, Rejection> {
        Err(Self::refusal())
    }

    fn from_number(_: i128) -> Result<Self::Value, Rejection> {
        Err(Self::refusal())
    }

    fn from_flag(_: bool) -> Result<Self::Value, Rejection> {
        Err(Self::refusal())
    }

    fn from_list(_: &[Value]) -> Result<Self::Value, Rejection> {
        Err(Self::refusal())
    }

    fn from_table(_: &Dict) -> Result<Self::Value, Rejection> {
        Err(Self::refusal())
    }

    /// The long form of a value that also has a short form.
    fn canonical(_: &Self::Value) -> Option<&'static str> {
        None
    }

    fn refusal() -> Rejection {
        Rejection::must(Self::EXPECTED)
    }

    fn read(value: &Value) -> Result<Self::Value, Rejection> {
        match value {
            Value::String(_, text) => Self::from_text(text),
            Value::Bool(_, flag) => Self::from_flag(*flag),
            Value::Array(_, list) => Self::from_list(list),
            Value::Dict(_, table) => Self::from_table(table),
            other => whole_number(other).map_or_else(|| Err(Self::refusal()), Self::from_number),
        }
    }
}

pub fn whole_number(value: &Value) -> Option<i128> {
    value.to_i128().or_else(|| i128::try_from(value.to_u128()?).ok())
}

/// Reads a list of values of one kind.
pub(super) fn each<E: Element>(list: &[Value]) -> Result<Vec<E::Value>, Rejection> {
    let read = |(index, value)| E::read(value).map_err(|refusal| Rejection { index: Some(index), ..refusal });
    list.iter().enumerate().map(read).collect()
}

/// The same, each value once.
pub(super) fn each_once<E: Element<Value: PartialEq>>(list: &[Value]) -> Result<Vec<E::Value>, Rejection> {
    let mut kept = Vec::new();
    for value in each::<E>(list)? {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    Ok(kept)
}

/// Whether a text has only the characters of names, at least one.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// The schema of a text with this schema, or of a list with these elements. It is one schema without `anyOf`, because
/// language servers offer each part of an `anyOf` as a key of its own, without its description.
pub(super) fn text_or_list(mut text: Json, element: &Json, at_least: usize) -> Json {
    text["type"] = json!(["string", "array"]);
    text["items"] = element.clone();
    text["minItems"] = json!(at_least);
    text
}

/// Why a value does not fit.
#[derive(Debug)]
pub struct Rejection {
    /// Which element of a list does not fit.
    pub index: Option<usize>,
    pub reason: Reason,
}

#[derive(Debug)]
pub enum Reason {
    /// What the value must be.
    Must(String),
    /// A sentence that fits after the key, and shows nothing that may be secret.
    Because { sentence: String, hint: Option<String> },
}

impl Rejection {
    pub fn must(expected: impl Into<String>) -> Self {
        Self { index: None, reason: Reason::Must(expected.into()) }
    }

    pub fn because(sentence: String, hint: Option<String>) -> Self {
        Self { index: None, reason: Reason::Because { sentence, hint } }
    }
}

/// A kind of value as the table of keys holds it.
#[derive(Clone, Copy)]
pub struct ElementType {
    pub kind: ValueKind,
    /// Checks a value, and returns its long form if it has a short one.
    pub read: fn(&Value) -> Result<Option<&'static str>, Rejection>,
    pub schema: fn() -> Json,
}

impl ElementType {
    pub const fn of<E: Element>() -> Self {
        let read = |value: &Value| E::read(value).map(|value| E::canonical(&value));
        Self { kind: E::KIND, read, schema: E::schema }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn schema_takes<E: Element>(value: &Value) -> bool {
        let value = serde_json::to_value(value).expect("plain data");
        jsonschema::draft7::new(&E::schema()).expect("a schema").is_valid(&value)
    }

    /// Reads a value, and sees that its schema takes it too.
    #[track_caller]
    pub fn accepts<E: Element>(value: impl Into<Value>) -> E::Value {
        let value = value.into();
        let read = E::read(&value).unwrap_or_else(|refusal| panic!("{value:?}: {refusal:?}"));
        assert!(schema_takes::<E>(&value), "the schema refuses {value:?}");
        read
    }

    /// What a value that is refused must be; its schema must refuse it too.
    #[track_caller]
    pub fn refuses<E: Element>(value: impl Into<Value>) -> String {
        let value = value.into();
        let refusal = E::read(&value).err().unwrap_or_else(|| panic!("{value:?} is accepted"));
        assert!(!schema_takes::<E>(&value), "the schema takes {value:?}");
        match refusal.reason {
            Reason::Must(text) | Reason::Because { sentence: text, .. } => text,
        }
    }
}
