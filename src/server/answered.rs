//! What came back for a pipeline, whatever happened on the way.

use crate::resp::Reply;

/// Why replies are missing.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LinkError {
    /// The connection was closed or reset.
    #[error("{0}")]
    Lost(String),
    /// The server sent an error reply that answers no command, which is how it says why it is about to hang up.
    #[error("{0}")]
    HungUp(String),
    /// Replies are due, and for the whole response timeout no byte moved in either direction.
    #[error("no answer")]
    TimedOut,
    /// What came is not RESP.
    #[error("{0}")]
    Malformed(String),
}

/// What came back for a pipeline. `lost` is set exactly if replies are missing; those that arrived are here in any case.
#[derive(Debug)]
pub struct Answered<E> {
    /// The replies to the first commands, in order.
    pub replies: Vec<Reply>,
    /// How many of the commands were sent. A server that did not answer may have executed them; it has not executed
    /// the others.
    pub sent: usize,
    /// Why replies are missing.
    pub lost: Option<E>,
}

impl<E> Answered<E> {
    /// Converts the error.
    pub fn map_lost<F>(self, convert: impl FnOnce(E) -> F) -> Answered<F> {
        Answered { replies: self.replies, sent: self.sent, lost: self.lost.map(convert) }
    }

    /// All replies.
    ///
    /// # Errors
    ///
    /// Why some are missing.
    pub fn all(self) -> Result<Vec<Reply>, E> {
        match self.lost {
            None => Ok(self.replies),
            Some(error) => Err(error),
        }
    }
}
