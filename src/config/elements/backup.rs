//! A file that keys are read from, and which of its databases.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::reading::{FromText, Refusal};
use super::{Database, Element, FilePath};
use crate::job::{BackupPath, Databases};

/// The path of an RDB file, or `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RdbPath(pub BackupPath);

/// A database index, or `"all"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDatabase(pub Databases);

impl Element for RdbPath {}
impl Element for SourceDatabase {}

impl<'de> Deserialize<'de> for RdbPath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: r#"the path of an RDB file, or "-" for standard input"#,
            parse: |text| match text {
                "-" => Ok(Self(BackupPath::StandardInput)),
                "" => Err(Refusal::Expected),
                text if text.contains('\0') => Err(Refusal::Expected),
                text => Ok(Self(BackupPath::File(text.into()))),
            },
        })
    }
}

impl<'de> Deserialize<'de> for SourceDatabase {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrAll)
    }
}

struct OneOrAll;

impl Visitor<'_> for OneOrAll {
    type Value = SourceDatabase;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a whole number, between 0 and 65535, or, of a file, "all""#)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SourceDatabase, E> {
        if text == "all" {
            return Ok(SourceDatabase(Databases::All));
        }
        Err(E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<SourceDatabase, E> {
        match u16::try_from(number) {
            Ok(db) => Ok(SourceDatabase(Databases::One(db))),
            Err(_) => Err(E::invalid_value(Unexpected::Other("another number"), &"between 0 and 65535")),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<SourceDatabase, E> {
        self.visit_i128(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<SourceDatabase, E> {
        self.visit_i128(number.into())
    }
}

impl JsonSchema for RdbPath {
    fn schema_name() -> Cow<'static, str> {
        "RdbPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        FilePath::json_schema(generator)
    }
}

impl JsonSchema for SourceDatabase {
    fn schema_name() -> Cow<'static, str> {
        "SourceDatabase".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [Database::json_schema(generator), { "const": "all" }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_file_is_a_path_or_a_dash() {
        assert_eq!(accepts::<RdbPath>("a.rdb").0, BackupPath::File("a.rdb".into()));
        assert_eq!(accepts::<RdbPath>("./-").0, BackupPath::File("./-".into()));
        assert_eq!(accepts::<RdbPath>("-").0, BackupPath::StandardInput);
        assert_eq!(refuses::<RdbPath>(""), r#"the path of an RDB file, or "-" for standard input"#);
        refuses::<RdbPath>("a\0b");
        refuses::<RdbPath>(7);
    }

    #[test]
    fn databases_are_one_or_all() {
        assert_eq!(accepts::<SourceDatabase>(65_535).0, Databases::One(65_535));
        assert_eq!(accepts::<SourceDatabase>("all").0, Databases::All);
        assert_eq!(refuses::<SourceDatabase>(-1), "between 0 and 65535");
        assert_eq!(refuses::<SourceDatabase>("0"), r#"a whole number, between 0 and 65535, or, of a file, "all""#);
        refuses::<SourceDatabase>(true);
    }
}
