//! Function libraries.

use super::{Destination, DestinationNode, Restored};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::OnExisting;
use crate::resp::{Reply, Request};
use crate::server::Refusal;

impl DestinationNode {
    /// Asks whether libraries can be restored, as far as the server can say without doing it.
    ///
    /// # Errors
    ///
    /// It does not support functions, or does not permit it.
    pub async fn check_function_permissions(&self, user: &str) -> Result<(), EndpointError> {
        let problem = |problem| Err(self.problem(problem));
        if !self.facts().has_functions() {
            return problem(EndpointProblem::NoFunctions { version: self.facts().version.to_string() });
        }
        let mut question = Request::default();
        question.command(&[b"ACL", b"DRYRUN", user.as_bytes(), b"FUNCTION", b"RESTORE", b""]);
        match self.own.ask(question).await?.pop() {
            Some(Reply::Bulk(message)) => {
                problem(EndpointProblem::NotPermitted(format!("NOPERM {}", String::from_utf8_lossy(&message))))
            }
            // Permitted, or the question is not.
            _ => Ok(()),
        }
    }

    pub(super) async fn restore_function_library(&self, payload: &[u8]) -> Result<Restored, EndpointError> {
        let policy: &[u8] = match self.on_existing {
            OnExisting::Skip => b"APPEND",
            OnExisting::Replace => b"REPLACE",
        };
        let mut request = Request::default();
        request.command(&[b"FUNCTION", b"RESTORE", payload, policy]);
        let Some(message) = self.own.ask(request).await?.pop().and_then(|reply| reply.error()) else {
            return Ok(Restored::Done);
        };
        if self.on_existing == OnExisting::Skip && is_there(&message) {
            return Ok(Restored::Existing);
        }
        match Refusal::of(&message) {
            Refusal::Server(problem) => Err(self.problem(problem)),
            Refusal::Key(message) => Ok(Restored::Failed(message)),
            Refusal::KeyExists => Ok(Restored::Existing),
        }
    }
}

/// Whether the destination has a library of that name (`libraryJoin` in `functions.c` words it so). One of another name
/// may have a function of the same name: then the library is not there.
fn is_there(message: &str) -> bool {
    message.starts_with("ERR Library ") && message.ends_with(" already exists")
}
