//! The replies to a pipeline, complete or not.

use crate::resp::Reply;

/// Why a link is down.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LinkError {
    #[error("{0}")]
    Closed(String),
    /// The server sent an error reply that answers no command: the reason why it closes the connection.
    #[error("{0}")]
    ClosedByServer(String),
    /// Replies are due, but no byte was sent or received for the whole `response_timeout`.
    #[error("no answer")]
    TimedOut,
    /// The received bytes are not RESP, or a reply is surplus or missing.
    #[error("{0}")]
    Malformed(String),
}

impl LinkError {
    /// Whether the connection was closed: then the replies that have arrived are at their places. If replies have only
    /// stopped, one of them may be missing.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::ClosedByServer(_))
    }
}

/// The replies to a pipeline. Replies that arrived before the link went down are kept if they are known to be at their
/// places; `error` is set if any are missing.
#[derive(Debug)]
pub struct PipelineReplies<E> {
    /// In the order of the commands. Missing replies are those to the last commands.
    pub replies: Vec<Reply>,
    /// How many commands were sent completely. The server may have executed those, with or without a reply; it has not
    /// executed the others.
    pub sent: usize,
    pub error: Option<E>,
}

impl<E> PipelineReplies<E> {
    /// Nothing was sent.
    pub fn not_sent(error: E) -> Self {
        Self { replies: Vec::new(), sent: 0, error: Some(error) }
    }

    pub fn map_error<F>(self, convert: impl FnOnce(E) -> F) -> PipelineReplies<F> {
        PipelineReplies { replies: self.replies, sent: self.sent, error: self.error.map(convert) }
    }

    /// Every reply.
    pub fn all(self) -> Result<Vec<Reply>, E> {
        match self.error {
            None => Ok(self.replies),
            Some(error) => Err(error),
        }
    }
}
