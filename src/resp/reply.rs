//! The reply of a server.

use bytes::Bytes;

/// A RESP2 reply. Strings are slices of the received bytes.
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
    /// The text of an error reply.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            Self::Error(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// The type of the reply, for messages about unexpected replies. Never contains a value.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) => "a status",
            Self::Error(_) => "an error",
            Self::Int(_) => "an integer",
            Self::Bulk(_) => "a bulk string",
            Self::Nil => "nil",
            Self::Array(_) => "an array",
        }
    }
}
