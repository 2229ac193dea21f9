//! The files that keys are read from.

use figment::value::Value;
use serde_json::{Value as Json, json};

use super::FilePath;
use super::element::{Element, Rejection, ValueKind, each, text_or_list};
use crate::job::BackupPath;

/// Paths or globs of RDB files, or `-`.
pub struct RdbPaths;

/// One of several.
struct RdbPath;

const EXPECTED: &str = r#"the path of an RDB file, a glob, a list of them, or "-" for standard input"#;

impl Element for RdbPaths {
    type Value = Vec<BackupPath>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = EXPECTED;

    fn from_text(text: &str) -> Result<Vec<BackupPath>, Rejection> {
        match text {
            "-" => Ok(vec![BackupPath::StandardInput]),
            text => RdbPath::from_text(text).map(|path| vec![path]).map_err(|_| Self::refusal()),
        }
    }

    fn from_list(list: &[Value]) -> Result<Vec<BackupPath>, Rejection> {
        if list.is_empty() { Err(Rejection::must("a list of at least one file")) } else { each::<RdbPath>(list) }
    }

    fn schema() -> Json {
        text_or_list(FilePath::schema(), &RdbPath::schema(), 1)
    }
}

impl Element for RdbPath {
    type Value = BackupPath;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = r#"the path of an RDB file ("-" for standard input only alone, not in a list)"#;

    fn from_text(text: &str) -> Result<BackupPath, Rejection> {
        let path = FilePath::from_text(text).ok().filter(|_| text != "-");
        path.map(BackupPath::File).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        let mut schema = FilePath::schema();
        schema["not"] = json!({ "const": "-" });
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn a_file_is_a_path_or_a_dash() {
        assert_eq!(accepts::<RdbPaths>("a.rdb"), [BackupPath::File("a.rdb".into())]);
        assert_eq!(accepts::<RdbPaths>("./-"), [BackupPath::File("./-".into())]);
        assert_eq!(accepts::<RdbPaths>("-"), [BackupPath::StandardInput]);
        assert_eq!(accepts::<RdbPaths>(vec!["a", "b"]), ["a", "b"].map(|name| BackupPath::File(name.into())));
        assert_eq!(refuses::<RdbPaths>(""), EXPECTED);
        refuses::<RdbPaths>("a\0b");
        refuses::<RdbPaths>(7);
    }

    #[test]
    fn standard_input_is_no_part_of_a_list() {
        let expected = r#"the path of an RDB file ("-" for standard input only alone, not in a list)"#;
        assert_eq!(refuses::<RdbPaths>(vec!["a", "-"]), expected);
        assert_eq!(refuses::<RdbPaths>(Vec::<String>::new()), "a list of at least one file");
    }
}
