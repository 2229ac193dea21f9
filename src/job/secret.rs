//! Text that is never printed.

use std::fmt;

use serde::{Serialize, Serializer};

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A text without one newline at its end: editors add it to the last line of a file.
    #[must_use]
    pub fn without_newline(text: &str) -> &str {
        text.strip_suffix('\n').map_or(text, |rest| rest.strip_suffix('\r').unwrap_or(rest))
    }

    /// The text, only to be sent to a server.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_newline_at_the_end_of_a_password_file_is_dropped() {
        let cases =
            [("p", "p"), ("p\n", "p"), ("p\r\n", "p"), ("p\n\n", "p\n"), ("p ", "p "), ("p\r", "p\r"), ("", "")];
        for (text, password) in cases {
            assert_eq!(Secret::without_newline(text), password, "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_printed_as_stars() {
        let secret = Secret::new("p4ss");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).expect("a string"), "\"***\"");
    }
}
