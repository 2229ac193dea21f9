//! A path of a file.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// A path, relative to the current directory. A URL that may hold a password is refused, because paths are shown.
pub struct FilePath;

/// Refuses what may be a URL with a login or with a query, unless it begins with a `.` or a `/`.
const PATTERN: &str = r"^(?!(?![./])[^\x00:]*:([^\x00]*@|//[^\x00]*\?))[^\x00]+$";

fn may_be_url(text: &str) -> bool {
    let has_secret = |rest: &str| rest.contains('@') || (rest.starts_with("//") && rest.contains('?'));
    !text.starts_with(['.', '/']) && text.split_once(':').is_some_and(|(_, rest)| has_secret(rest))
}

impl Element for FilePath {
    type Value = PathBuf;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "the path of a file, not empty and not a URL";

    fn from_text(text: &str) -> Result<PathBuf, Rejection> {
        if text.is_empty() || text.contains('\0') || may_be_url(text) { Err(Self::refusal()) } else { Ok(text.into()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN })
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
        json!({ "type": "string", "pattern": format!("^(?!unix:|redis:){}", &PATTERN[1..]) })
    }
}

/// The path of a list of keys, relative to the current directory.
pub struct KeyListPath;

impl Element for KeyListPath {
    type Value = PathBuf;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str =
        "the path of a file, not empty and not a URL; not standard input, because it is read twice";

    fn from_text(text: &str) -> Result<PathBuf, Rejection> {
        Some(text).filter(|text| *text != "-").and_then(|text| FilePath::from_text(text).ok()).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": format!("^(?!-$){}", &PATTERN[1..]) })
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
        assert_eq!(refuses::<FilePath>(""), "the path of a file, not empty and not a URL");
        for text in ["redis://u:p@h", "u:p@h", ":p@h", "redis://p@h"] {
            refuses::<FilePath>(text);
        }
        assert_eq!(accepts::<FilePath>("./10:00@h"), PathBuf::from("./10:00@h"));
        refuses::<FilePath>("https://bucket/a.rdb?signature=x");
        refuses::<FilePath>("a\0b");
        refuses::<FilePath>(7);
    }

    #[test]
    fn standard_input_is_no_list_of_keys() {
        for path in ["keys.txt", "./-", "-keys", "/dev/stdin"] {
            assert_eq!(accepts::<KeyListPath>(path), PathBuf::from(path));
        }
        for text in ["-", "", "redis://u:p@h"] {
            let expected = "the path of a file, not empty and not a URL; not standard input, because it is read twice";
            assert_eq!(refuses::<KeyListPath>(text), expected, "{text:?}");
        }
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
