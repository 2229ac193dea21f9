//! The use of a session's connection, beside other requests or alone.

use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::link::Link;
use super::replies::{LinkError, PipelineReplies};
use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem};
use crate::resp::{Reply, Request};

/// The use of a connection. A request that is repeated has the connection for itself: then it is known which request
/// the server closes the connection for.
pub struct Turn<'s> {
    pub(super) slot: Slot<'s>,
    pub(super) address: &'s Address,
    /// See [`Request::asking`].
    pub(super) asks: bool,
}

/// The connection of a session; `None` before it is opened for the first time.
pub(super) enum Slot<'s> {
    Shared(RwLockReadGuard<'s, Option<Link>>),
    Alone(RwLockWriteGuard<'s, Option<Link>>),
}

impl Slot<'_> {
    fn link(&self) -> Option<&Link> {
        match self {
            Self::Shared(link) => link.as_ref(),
            Self::Alone(link) => link.as_ref(),
        }
    }
}

impl Turn<'_> {
    pub fn address(&self) -> &Address {
        self.address
    }

    /// An empty pipeline with capacity for `bytes` bytes, and with frames between its commands.
    pub fn pipeline(&self, bytes: usize) -> Request {
        Request::with_capacity(bytes).framed(self.slot.link().and_then(|link| link.framing)).asking(self.asks)
    }

    /// Sends a pipeline once, and returns the replies that arrived; the caller checks each.
    pub async fn send(&self, request: Request) -> PipelineReplies<EndpointError> {
        let answered = match self.slot.link() {
            Some(link) => link.ask(request).await,
            None => PipelineReplies::not_sent(LinkError::Closed("it is not open".into())),
        };
        answered.map_error(|error| endpoint_error(self.address, error))
    }

    /// Sends a pipeline once, and returns all its replies.
    pub async fn ask(&self, request: Request) -> Result<Vec<Reply>, EndpointError> {
        self.send(request).await.all()
    }

    /// Runs one command once; an error reply is an error.
    pub async fn run(&self, request: Request) -> Result<Reply, EndpointError> {
        let reply = self.ask(request).await?.pop().ok_or_else(|| self.address.unexpected_reply("no reply"))?;
        match reply.error() {
            Some(message) => Err(self.address.problem(Refusal::of_server(&message))),
            None => Ok(reply),
        }
    }
}

pub(super) fn endpoint_error(address: &Address, error: LinkError) -> EndpointError {
    match error {
        LinkError::Closed(why) | LinkError::ClosedByServer(why) => {
            address.problem(EndpointProblem::ConnectionLost(why))
        }
        LinkError::TimedOut => address.timed_out(),
        LinkError::Malformed(what) => address.unexpected_reply(what),
    }
}
