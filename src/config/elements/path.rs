//! A path of a file.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::element::{Element, Kind, Refusal};

/// A path, relative to the current directory.
pub struct FilePath;

impl Element for FilePath {
    type Value = PathBuf;
    const KIND: Kind = Kind::Text;
    const EXPECTED: &'static str = "the path of a file, not empty";

    fn from_text(text: &str) -> Result<PathBuf, Refusal> {
        if text.is_empty() || text.contains('\0') { Err(Self::refusal()) } else { Ok(text.into()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[^\x00]+$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn any_text_but_none_is_a_path() {
        assert_eq!(accepts::<FilePath>("/dev/null"), PathBuf::from("/dev/null"));
        assert_eq!(accepts::<FilePath>("a log"), PathBuf::from("a log"));
        assert_eq!(refuses::<FilePath>(""), "the path of a file, not empty");
        refuses::<FilePath>("a\0b");
        refuses::<FilePath>(7);
    }
}
