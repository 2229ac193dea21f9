//! A file that keys are read from, and which of its databases.

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};
use super::{Database, FilePath};
use crate::job::{BackupPath, Databases};

/// The path of an RDB file, or `-`.
pub struct RdbPath;

impl Element for RdbPath {
    type Value = BackupPath;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = r#"the path of an RDB file, or "-" for standard input"#;

    fn from_text(text: &str) -> Result<BackupPath, Rejection> {
        match text {
            "-" => Ok(BackupPath::StandardInput),
            text => FilePath::from_text(text).map(BackupPath::File).map_err(|_| Self::refusal()),
        }
    }

    fn schema() -> Json {
        FilePath::schema()
    }
}

/// A database index, or `"all"`.
pub struct SourceDatabase;

impl Element for SourceDatabase {
    type Value = Databases;
    const KIND: ValueKind = ValueKind::Number;
    const EXPECTED: &'static str = r#"a whole number, between 0 and 65535, or, for a file, "all""#;

    fn from_text(text: &str) -> Result<Databases, Rejection> {
        if text == "all" { Ok(Databases::All) } else { Err(Self::refusal()) }
    }

    fn from_number(number: i128) -> Result<Databases, Rejection> {
        Database::from_number(number).map(Databases::One)
    }

    fn schema() -> Json {
        json!({ "anyOf": [Database::schema(), { "const": "all" }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_file_is_a_path_or_a_dash() {
        assert_eq!(accepts::<RdbPath>("a.rdb"), BackupPath::File("a.rdb".into()));
        assert_eq!(accepts::<RdbPath>("./-"), BackupPath::File("./-".into()));
        assert_eq!(accepts::<RdbPath>("-"), BackupPath::StandardInput);
        assert_eq!(refuses::<RdbPath>(""), r#"the path of an RDB file, or "-" for standard input"#);
        refuses::<RdbPath>("a\0b");
        refuses::<RdbPath>(7);
    }

    #[test]
    fn databases_are_one_or_all() {
        assert_eq!(accepts::<SourceDatabase>(65_535), Databases::One(65_535));
        assert_eq!(accepts::<SourceDatabase>("all"), Databases::All);
        assert_eq!(refuses::<SourceDatabase>(-1), "between 0 and 65535");
        assert_eq!(refuses::<SourceDatabase>("0"), r#"a whole number, between 0 and 65535, or, for a file, "all""#);
        refuses::<SourceDatabase>(true);
    }
}
