//! What writing a key came to, and how it is told from the replies.

use crate::error::EndpointProblem;
use crate::resp::Reply;
use crate::server::Refusal;

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
    #[must_use]
    pub fn of(restore: &Reply, existed: bool) -> Self {
        match (restore, restore.error()) {
            (Reply::Status(_), _) if existed => Self::Replaced,
            (Reply::Status(_), _) => Self::Copied,
            (_, Some(said)) => match Refusal::of(&said) {
                Refusal::KeyExists => Self::Existing,
                Refusal::Key(said) => Self::Failed(said),
                Refusal::Server(problem) => Self::Refused(problem),
            },
            (other, None) => Self::Refused(EndpointProblem::Protocol(format!("{} to `RESTORE`", other.kind()))),
        }
    }
}
