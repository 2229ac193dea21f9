//! Function libraries.

use super::{Destination, DestinationNode, Restored};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::OnExisting;
use crate::resp::{Reply, Request};
use crate::server::Refusal;

impl DestinationNode {
    /// Checks whether function libraries can be restored, as far as the server reports that in advance.
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
            // The command is permitted, or `ACL DRYRUN` is not.
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
        if self.on_existing == OnExisting::Skip && means_existing(&message) {
            return Ok(Restored::Existing);
        }
        match Refusal::of(&message) {
            Refusal::Server(problem) => Err(self.problem(problem)),
            Refusal::Key(message) => Ok(Restored::Failed(message)),
            Refusal::KeyExists => Ok(Restored::Existing),
        }
    }
}

/// Whether the message means that the destination has a library of that name (see `libraryJoin` in `functions.c`). If
/// only a function of the same name exists, in another library, the message differs.
fn means_existing(message: &str) -> bool {
    message.starts_with("ERR Library ") && message.ends_with(" already exists")
}
