//! The results of reading or inspecting a key.

use bytes::Bytes;

use crate::error::{EndpointProblem, KeyRefusal};
use crate::server::{Answer, Refusal};

/// The result of reading a key.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadResult {
    /// The key was read.
    Value {
        /// Unix time in ms at which the key expires; `None` if it does not.
        expires_at: Option<u64>,
        payload: Bytes,
    },
    /// The key does not exist any more.
    Vanished,
    /// The source refused this key.
    Failed {
        /// The type as `TYPE` returns it, if it is known.
        type_name: Option<String>,
        refusal: KeyRefusal,
    },
    /// The source refuses every key.
    Refused(EndpointProblem),
    /// The source did not answer, because it was disconnected or is unreachable.
    NotRead,
}

/// The result of inspecting a key.
#[derive(Debug, PartialEq, Eq)]
pub enum KeyInfo {
    /// It exists.
    There {
        /// As `TYPE` returns it.
        type_name: String,
        /// Unix time in ms at which it expires; `None` if it does not, or if only the type was requested.
        expires_at: Option<u64>,
    },
    /// The key does not exist any more.
    Vanished,
    Refused(Refusal),
    /// The source did not answer, because it was disconnected or is unreachable.
    NotRead,
}

impl Answer for ReadResult {
    fn open() -> Self {
        Self::NotRead
    }

    fn is_open(&self) -> bool {
        *self == Self::NotRead
    }

    fn is_missing(&self) -> bool {
        *self == Self::Vanished
    }

    fn problem(&self) -> Option<&EndpointProblem> {
        if let Self::Refused(problem) = self { Some(problem) } else { None }
    }

    fn refusal(&self) -> Option<&str> {
        if let Self::Failed { refusal, .. } = self { Some(&refusal.message) } else { None }
    }

    fn refusal_mut(&mut self) -> Option<&mut KeyRefusal> {
        if let Self::Failed { refusal, .. } = self { Some(refusal) } else { None }
    }

    fn refused(problem: EndpointProblem) -> Self {
        Self::Refused(problem)
    }

    fn rejected(message: String) -> Self {
        Self::Failed { type_name: None, refusal: message.into() }
    }
}

impl Answer for KeyInfo {
    fn open() -> Self {
        Self::NotRead
    }

    fn is_open(&self) -> bool {
        *self == Self::NotRead
    }

    fn is_missing(&self) -> bool {
        *self == Self::Vanished
    }

    fn problem(&self) -> Option<&EndpointProblem> {
        if let Self::Refused(Refusal::Server(problem)) = self { Some(problem) } else { None }
    }

    fn refusal(&self) -> Option<&str> {
        if let Self::Refused(Refusal::Key(refusal)) = self { Some(&refusal.message) } else { None }
    }

    fn refusal_mut(&mut self) -> Option<&mut KeyRefusal> {
        if let Self::Refused(Refusal::Key(refusal)) = self { Some(refusal) } else { None }
    }

    fn refused(problem: EndpointProblem) -> Self {
        Self::Refused(Refusal::Server(problem))
    }

    fn rejected(message: String) -> Self {
        Self::Refused(Refusal::Key(message.into()))
    }
}

/// The size of a key; `None` if it is unknown.
impl Answer for Option<u64> {
    fn open() -> Self {
        None
    }

    fn is_open(&self) -> bool {
        self.is_none()
    }

    fn problem(&self) -> Option<&EndpointProblem> {
        None
    }

    fn refusal(&self) -> Option<&str> {
        None
    }

    fn refused(_: EndpointProblem) -> Self {
        None
    }

    fn rejected(_: String) -> Self {
        None
    }
}
