//! Reads the lines of error logs.

use serde::Deserialize;

use crate::entry::Key;

/// The key that a line of an error log is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedKey {
    pub job: String,
    /// Its database at the source, if the line has it.
    pub db: Option<u16>,
    /// `None` if the line is about an endpoint.
    pub key: Option<Key>,
}

/// The fields of a line in JSON that matter.
#[derive(Deserialize)]
struct JsonLine {
    job: String,
    database: Option<u16>,
    key_quoted: Option<String>,
}

impl LoggedKey {
    /// Reads a line of an error log in either format. An error is a sentence.
    pub fn read(line: &[u8]) -> Result<Self, String> {
        if line.starts_with(b"{") {
            return from_json(line);
        }
        from_text(line).ok_or_else(|| "this is not a line of an error log".to_owned())
    }
}

fn from_json(line: &[u8]) -> Result<LoggedKey, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("this is not a line of an error log: {error}");
    let JsonLine { job, database: db, key_quoted } = serde_json::from_slice(line).map_err(|error| wrong(&error))?;
    let key = match key_quoted.as_ref().map(|quoted| Key::unquoted(quoted.as_bytes())) {
        None => None,
        Some(Ok((key, []))) => Some(key),
        Some(Ok(_)) => return Err(wrong(&"a text follows the quoted name")),
        Some(Err(misquoted)) => return Err(wrong(&format_args!("the quoted name {misquoted}"))),
    };
    Ok(LoggedKey { job, db, key })
}

/// `TIME job=NAME key="…" [db=N] …`; the key is `-` in the line of an endpoint.
fn from_text(line: &[u8]) -> Option<LoggedKey> {
    let (_, rest) = split_at_space(line)?;
    let (job, rest) = split_at_space(rest.strip_prefix(b"job=")?)?;
    let rest = rest.strip_prefix(b"key=")?;
    let (key, rest) = match rest.strip_prefix(b"-") {
        Some(rest) => (None, rest),
        None => Key::unquoted(rest).ok().map(|(key, rest)| (Some(key), rest))?,
    };
    let rest = rest.strip_prefix(b" ")?;
    let (db, rest) = match rest.strip_prefix(b"db=") {
        Some(rest) => split_at_space(rest).and_then(|(db, rest)| Some((Some(text(db)?.parse().ok()?), rest)))?,
        None => (None, rest),
    };
    let is_whole = rest.starts_with(b"type=") || rest.starts_with(b"destination_key=");
    is_whole.then_some(LoggedKey { job: text(job)?.to_owned(), db, key })
}

fn split_at_space(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == b' ')?;
    Some((&text[..at], &text[at + 1..]))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Key {
        Key::from(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_of_keys_and_of_endpoints_are_read_in_both_formats() {
        let read = |line: &str| LoggedKey::read(line.as_bytes()).unwrap();
        let logged = |db, key| LoggedKey { job: "a".to_owned(), db, key };
        let rest = r#"type=- side=source server=h:1 said="key=\"x\" db=9""#;
        assert_eq!(read(&format!(r#"T job=a key="k db=3" {rest}"#)), logged(None, Some(key("k db=3"))));
        assert_eq!(read(&format!(r#"T job=a key="k" db=3 {rest}"#)), logged(Some(3), Some(key("k"))));
        assert_eq!(
            read(&format!(r#"T job=a key="k" db=3 destination_key="x" {rest}"#)),
            logged(Some(3), Some(key("k")))
        );
        assert_eq!(read(&format!("T job=a key=- {rest}")), logged(None, None));
        assert_eq!(read(r#"{"job":"a","database":3,"key":"k","key_quoted":"\"k\""}"#), logged(Some(3), Some(key("k"))));
        assert_eq!(read(r#"{"job":"a","database":null,"key_quoted":null}"#), logged(None, None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_line_or_an_error(before in "(T job=a key=|\\{|\"|)", bytes: Vec<u8>) {
            if let Err(error) = LoggedKey::read(&[before.as_bytes(), &bytes].concat()) {
                prop_assert!(error.starts_with("this is not a line of an error log"));
            }
        }
    }

    #[test]
    fn other_lines_are_not_taken_for_lines_of_a_log() {
        for line in [
            "a",
            "[[job]]",
            "T job=a",
            "T job=a key=",
            "T job=a key=\"k",
            "T job=a key=\"k\" db=x type=-",
            "{}",
            "{\"job\":1}",
        ] {
            let error = LoggedKey::read(line.as_bytes()).unwrap_err();
            assert!(error.starts_with("this is not a line of an error log"), "{line}: {error}");
        }
    }
}
