//! A file that keys are read from.

use serde_json::Value as Json;

use super::FilePath;
use super::element::{Element, Rejection, ValueKind};
use crate::job::BackupPath;

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
}
