//! The address of an endpoint, for messages.

use std::sync::Arc;
use std::time::Duration;

use super::Redactor;
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// Values of `INFO` that have a meaning for the program.
const COMPARED: [&str; 4] = ["standalone", "cluster", "sentinel", "noeviction"];

/// The endpoint that a connection leads to, for messages.
#[derive(Clone, Debug)]
pub struct Address {
    pub side: Side,
    /// `host:port`.
    pub server: String,
    /// The limit for `EndpointProblem::TimedOut`.
    pub response_timeout: Duration,
    pub(super) redactor: Arc<Redactor>,
}

impl Address {
    pub fn of(side: Side, endpoint: &Endpoint) -> Self {
        let (server, redactor) = (endpoint.address(), Arc::new(Redactor::of(endpoint)));
        Self { side, server, response_timeout: endpoint.response_timeout, redactor }
    }

    /// A text that the server has sent, without secrets and safe to print.
    pub fn text(&self, raw: impl AsRef<[u8]>) -> String {
        self.redactor.text(raw.as_ref())
    }

    /// Cleans texts in the same way, except for words that the program compares.
    pub(super) fn clean<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts.into_iter().filter(|text| !COMPARED.contains(&text.as_str())) {
            *text = self.text(&*text);
        }
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
