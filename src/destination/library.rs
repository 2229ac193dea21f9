//! Libraries of functions, restored.

use super::Destination;
use crate::error::{EndpointError, EndpointProblem};
use crate::job::OnExisting;
use crate::resp::{Reply, Request};
use crate::server::Refusal;

/// What restoring a library came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// It is there.
    Done,
    /// The destination's own was left alone.
    Existing,
    /// The destination refused it, and said why.
    Failed(String),
}

impl Destination {
    /// Asks whether libraries can be restored, as far as the server can tell without its being done.
    ///
    /// # Errors
    ///
    /// It knows no functions, or does not permit it.
    pub async fn rehearse_libraries(&self, user: &str) -> Result<(), EndpointError> {
        let problem = |problem| Err(self.control().address().problem(problem));
        if !self.facts().has_functions() {
            return problem(EndpointProblem::NoFunctions { version: self.facts().version.to_string() });
        }
        let mut question = Request::default();
        question.command(&[b"ACL", b"DRYRUN", user.as_bytes(), b"FUNCTION", b"RESTORE", b""]);
        match self.own.ask(question).await?.pop() {
            Some(Reply::Bulk(said)) => {
                problem(EndpointProblem::NotPermitted(format!("NOPERM {}", String::from_utf8_lossy(&said))))
            }
            // Permitted, or kept from us.
            _ => Ok(()),
        }
    }

    /// Restores a library, from the payload that `FUNCTION RESTORE` takes (since Redis 7.0).
    ///
    /// # Errors
    ///
    /// There is no reply, or the server refuses whatever the library.
    pub async fn restore_library(&self, payload: &[u8]) -> Result<Restored, EndpointError> {
        let policy: &[u8] = match self.on_existing {
            OnExisting::Skip => b"APPEND",
            OnExisting::Replace => b"REPLACE",
        };
        let mut request = Request::default();
        request.command(&[b"FUNCTION", b"RESTORE", payload, policy]);
        let Some(said) = self.own.ask(request).await?.pop().and_then(|reply| reply.error()) else {
            return Ok(Restored::Done);
        };
        if self.on_existing == OnExisting::Skip && is_there(&said) {
            return Ok(Restored::Existing);
        }
        match Refusal::of(&said) {
            Refusal::Server(problem) => Err(self.control().address().problem(problem)),
            Refusal::Key(said) => Ok(Restored::Failed(said)),
            Refusal::KeyExists => Ok(Restored::Existing),
        }
    }
}

/// Whether the destination has a library of that name (`libraryJoin` in `functions.c` words it so). One of another name
/// may have a function of the same name: then the library is not there.
fn is_there(said: &str) -> bool {
    said.starts_with("ERR Library ") && said.ends_with(" already exists")
}
