//! A path of a file.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// A path, relative to the current directory.
pub struct FilePath;

impl Element for FilePath {
    type Value = PathBuf;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "the path of a file, not empty";

    fn from_text(text: &str) -> Result<PathBuf, Rejection> {
        if text.is_empty() || text.contains('\0') { Err(Self::refusal()) } else { Ok(text.into()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^[^\x00]+$" })
    }
}

/// The path of a Unix socket, relative to the current directory. A URL is refused, although a file could have that name.
pub struct SocketPath;

impl Element for SocketPath {
    type Value = PathBuf;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "the path of a Unix socket, not empty and not a URL";

    fn from_text(text: &str) -> Result<PathBuf, Rejection> {
        let is_url = text.starts_with("unix:") || text.starts_with("redis:");
        Some(text).filter(|_| !is_url).and_then(|text| FilePath::from_text(text).ok()).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^(?!unix:|redis:)[^\x00]+$" })
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

    #[test]
    fn a_url_is_no_path_of_a_socket() {
        for path in ["/run/redis/redis.sock", "redis.sock", "./unix:", "a b"] {
            assert_eq!(accepts::<SocketPath>(path), PathBuf::from(path));
        }
        for text in ["", "a\0b", "unix:///run/redis.sock", "unix:redis.sock", "redis://cache"] {
            assert_eq!(refuses::<SocketPath>(text), "the path of a Unix socket, not empty and not a URL", "{text:?}");
        }
    }
}
