//! Which end of a job something is about.

use std::time::Duration;

use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// Which end a connection leads to, for messages.
#[derive(Clone, Debug)]
pub struct Address {
    /// Which end.
    pub side: Side,
    /// `host:port`.
    pub server: String,
    /// How long the end may take for an answer.
    pub response_timeout: Duration,
}

impl Address {
    /// The address of a job's end.
    #[must_use]
    pub fn of(side: Side, endpoint: &Endpoint) -> Self {
        Self { side, server: endpoint.address(), response_timeout: endpoint.response_timeout }
    }

    /// What is wrong with this end.
    #[must_use]
    pub fn problem(&self, problem: EndpointProblem) -> EndpointError {
        EndpointError { side: self.side, server: self.server.clone(), problem }
    }

    /// No answer within `response_timeout`.
    #[must_use]
    pub fn timed_out(&self) -> EndpointError {
        self.problem(EndpointProblem::TimedOut(self.response_timeout))
    }

    /// An answer that makes no sense.
    #[must_use]
    pub fn not_understood(&self, what: impl Into<String>) -> EndpointError {
        self.problem(EndpointProblem::Protocol(what.into()))
    }
}
