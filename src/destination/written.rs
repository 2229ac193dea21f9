//! What writing a key came to, and how it is told from the replies.

use redis::Value;

use crate::error::EndpointProblem;
use crate::server::{Refusal, said};

/// What writing a key came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there; it was not before.
    Copied,
    /// It is there, over the one that was before.
    Replaced,
    /// The destination's own was left alone.
    Existing,
    /// The destination refused this key, and said why.
    Failed(String),
    /// The destination refuses whatever the key.
    Refused(EndpointProblem),
}

impl Written {
    /// Reads the reply to `RESTORE`; `existed` is what `EXISTS` said right before.
    pub fn of(restore: &Value, existed: bool) -> Self {
        match restore {
            Value::Okay if existed => Self::Replaced,
            Value::Okay => Self::Copied,
            Value::ServerError(error) => match Refusal::of(&said(error)) {
                Refusal::KeyExists => Self::Existing,
                Refusal::Key(said) => Self::Failed(said),
                Refusal::Server(problem) => Self::Refused(problem),
            },
            other => Self::Refused(EndpointProblem::Protocol(format!("{other:?} to `RESTORE`"))),
        }
    }
}
