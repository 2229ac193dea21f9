//! What asking a source about a key resulted in.

use bytes::Bytes;

use crate::error::EndpointProblem;
use crate::server::Refusal;

/// What reading a key resulted in.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadResult {
    /// All of it is here.
    Value {
        /// Unix time in ms at which the key expires; `None` if it does not.
        expires_at: Option<u64>,
        /// As `DUMP` returns it.
        payload: Bytes,
    },
    /// The key was gone.
    Vanished,
    /// The source refused this key.
    Failed {
        /// Its type as `TYPE` names it, if it is known.
        type_name: Option<String>,
        /// The source's message.
        message: String,
    },
    /// The source refuses, whatever the key.
    Refused(EndpointProblem),
    /// The source was lost before it answered.
    NotRead,
}

/// What is known of a key without its value.
#[derive(Debug, PartialEq, Eq)]
pub enum KeyInfo {
    /// It exists.
    There {
        /// By the name that `TYPE` gives it.
        type_name: String,
        /// Whether it expires.
        expires: bool,
    },
    /// It was gone.
    Vanished,
    /// The source refused the question.
    Refused(Refusal),
    /// The source was lost before it answered.
    NotRead,
}
