//! The address of an endpoint, for messages.

use std::time::Duration;

use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// The endpoint that a connection leads to, for messages.
#[derive(Clone, Debug)]
pub struct Address {
    pub side: Side,
    /// `host:port`.
    pub server: String,
    /// The limit for `EndpointProblem::TimedOut`.
    pub response_timeout: Duration,
}

impl Address {
    pub fn of(side: Side, endpoint: &Endpoint) -> Self {
        Self { side, server: endpoint.address(), response_timeout: endpoint.response_timeout }
    }

    /// An error of this endpoint.
    pub fn problem(&self, problem: EndpointProblem) -> EndpointError {
        EndpointError { side: self.side, server: self.server.clone(), problem }
    }

    pub fn timed_out(&self) -> EndpointError {
        self.problem(EndpointProblem::TimedOut(self.response_timeout))
    }

    /// A reply of an unexpected type.
    pub fn unexpected_reply(&self, what: impl Into<String>) -> EndpointError {
        self.problem(EndpointProblem::Protocol(what.into()))
    }
}
