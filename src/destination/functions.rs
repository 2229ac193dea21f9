//! Function libraries.

use std::cell::Cell;

use super::{Destination, DestinationNode, Restored};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::OnExisting;
use crate::payload::FOOTER;
use crate::resp::{Reply, Request};
use crate::server::{PipelineReplies, Refusal, Turn};

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
                problem(EndpointProblem::NotPermitted(format!("NOPERM {}", self.own.address().text(&message))))
            }
            // The command is permitted, or `ACL DRYRUN` is not.
            _ => Ok(()),
        }
    }

    pub(super) async fn restore_function_library(
        &self,
        payload: &[u8],
        on_existing: OnExisting,
    ) -> Result<Restored, EndpointError> {
        let policy: &[u8] = match on_existing {
            OnExisting::Skip => b"APPEND",
            OnExisting::Replace => b"REPLACE",
        };
        let may_be_there = Cell::new(false);
        let restore = async |turn: &Turn<'_>| {
            let mut request = Request::default();
            request.command(&[b"FUNCTION", b"RESTORE", payload, policy]);
            let PipelineReplies { mut replies, sent, error } = turn.send(request).await;
            may_be_there.set(may_be_there.get() || (sent > 0 && error.is_some()));
            let message = match (replies.pop(), error) {
                (Some(reply), _) => reply.error(),
                (None, Some(error)) => return Err(error),
                (None, None) => return Err(turn.address().unexpected_reply("no reply")),
            };
            match message.as_deref().map(Refusal::of_server) {
                Some(problem) if problem.wait_cause().is_some() => Err(turn.address().problem(problem)),
                _ => Ok(message),
            }
        };
        let Some(message) = self.own.repeat(restore).await? else {
            return Ok(Restored::Done);
        };
        if on_existing == OnExisting::Skip && means_existing(&message) {
            let is_ours = may_be_there.get() && self.has_library(payload).await?;
            return Ok(if is_ours { Restored::Done } else { Restored::Existing });
        }
        match Refusal::of(&message) {
            Refusal::Server(problem) => Err(self.problem(problem)),
            Refusal::Key(refusal) => Ok(Restored::Failed(refusal.message)),
            Refusal::KeyExists => Ok(Restored::Existing),
        }
    }

    /// Whether the destination has exactly this library: the reply to `FUNCTION DUMP` contains the libraries as they
    /// are restored, one after the other, before the footer.
    async fn has_library(&self, payload: &[u8]) -> Result<bool, EndpointError> {
        let mut request = Request::default();
        request.command(&[b"FUNCTION", b"DUMP"]);
        let library = &payload[..payload.len().saturating_sub(FOOTER)];
        Ok(match self.own.ask(request).await?.pop() {
            Some(Reply::Bulk(all)) => all.windows(library.len().max(1)).any(|part| part == library),
            _ => false,
        })
    }
}

/// Whether the message means that the destination has a library of that name (see `libraryJoin` in `functions.c`). If
/// only a function of the same name exists, in another library, the message differs.
fn means_existing(message: &str) -> bool {
    message.starts_with("ERR Library ") && message.ends_with(" already exists")
}
