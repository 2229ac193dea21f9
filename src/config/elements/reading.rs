//! What all kinds of value share: reading one from a text, and saying what it must be.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};

/// A value of a job file.
pub trait Element: DeserializeOwned + JsonSchema {
    /// The long form of a value that can be written in a short one too.
    fn canonical(&self) -> Option<&'static str> {
        None
    }
}

/// Why a text is no such value.
pub(super) enum Refusal {
    /// It is not what the kind of value expects.
    Expected,
    /// It must be this.
    Must(String),
    /// A whole sentence about it, that fits after its key.
    Because(String),
}

/// Reads a value from a text.
pub(super) struct FromText<T> {
    /// Fits after "must be".
    pub expected: &'static str,
    /// Makes the value.
    pub parse: fn(&str) -> Result<T, Refusal>,
}

impl<T> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(|refusal| match refusal {
            Refusal::Expected => E::invalid_value(Unexpected::Str(text), &self),
            Refusal::Must(expected) => E::invalid_value(Unexpected::Str(text), &expected.as_str()),
            Refusal::Because(sentence) => E::custom(sentence),
        })
    }
}

/// Deserializes a list whose elements are all read alike.
pub(super) fn elements<'de, T: Deserialize<'de>, A: serde::de::SeqAccess<'de>>(
    mut list: A,
) -> Result<Vec<T>, A::Error> {
    let mut all = Vec::new();
    while let Some(element) = list.next_element()? {
        all.push(element);
    }
    Ok(all)
}

#[cfg(test)]
pub mod tests {
    use figment::error::Kind;
    use figment::value::Value;
    use schemars::generate::SchemaSettings;

    use super::*;

    fn schema_takes<T: Element>(value: &Value) -> bool {
        let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
        let value = serde_json::to_value(value).expect("plain data");
        jsonschema::validator_for(schema.as_value()).expect("a schema").is_valid(&value)
    }

    /// Reads a value, and sees that its schema takes it too.
    #[track_caller]
    pub fn accepts<T: Element>(value: impl Into<Value>) -> T {
        let value = value.into();
        let element = T::deserialize(&value).unwrap_or_else(|error| panic!("{value:?}: {error}"));
        assert!(schema_takes::<T>(&value), "the schema refuses {value:?}");
        element
    }

    /// What a value that is refused must be; its schema must refuse it too.
    #[track_caller]
    pub fn refuses<T: Element>(value: impl Into<Value>) -> String {
        let value = value.into();
        let error = T::deserialize(&value).err().unwrap_or_else(|| panic!("{value:?} is accepted"));
        assert!(!schema_takes::<T>(&value), "the schema takes {value:?}");
        match error.kind {
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => expected,
            Kind::Message(sentence) => sentence,
            other => panic!("{other}"),
        }
    }
}
