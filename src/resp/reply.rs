//! What a server answers.

use bytes::Bytes;

/// One reply; texts are slices of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`
    Status(Bytes),
    /// `-ERR …`, without the `-`
    Error(Bytes),
    /// `:42`
    Int(i64),
    /// `$3…`
    Bulk(Bytes),
    /// `$-1`, `*-1`
    Nil,
    /// `*2…`
    Array(Vec<Reply>),
}

impl Reply {
    /// An error's text, for people.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            Self::Error(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// What kind of reply it is, for messages about replies that make no sense. Never shows a value.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) => "a status",
            Self::Error(_) => "an error",
            Self::Int(_) => "a number",
            Self::Bulk(_) => "a text",
            Self::Nil => "nothing",
            Self::Array(_) => "a list",
        }
    }
}
