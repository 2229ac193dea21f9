//! Parses the replies to a pipeline of writes.

use super::Written;
use crate::error::{Answers, EndpointError, EndpointProblem, KeyRefusal};
use crate::resp::Reply;
use crate::server::{Answer, PipelineReplies, Refusal};

impl Answer for Written {
    fn open() -> Self {
        Self::NotSent
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Unanswered | Self::NotSent)
    }

    fn problem(&self) -> Option<&EndpointProblem> {
        if let Self::Refused(problem) = self { Some(problem) } else { None }
    }

    fn refusal(&self) -> Option<&str> {
        if let Self::Failed(refusal) = self { Some(&refusal.message) } else { None }
    }

    fn refusal_mut(&mut self) -> Option<&mut KeyRefusal> {
        if let Self::Failed(refusal) = self { Some(refusal) } else { None }
    }

    fn refused(problem: EndpointProblem) -> Self {
        Self::Refused(problem)
    }

    fn rejected(message: String) -> Self {
        Self::Failed(message.into())
    }

    /// A node may be full, or unable to write to its disk. Its keys fail, and those of the others are written.
    fn of_one_node(self) -> Self {
        match self {
            Self::Refused(EndpointProblem::OutOfMemory(message) | EndpointProblem::Refused(message)) => {
                Self::Failed(message.into())
            }
            other => other,
        }
    }

    /// It was sent.
    fn doubted() -> Self {
        Self::Unanswered
    }

    /// What was sent once may have been written, even if it was not sent again.
    fn after(self, earlier: &Self) -> Self {
        if *earlier == Self::Unanswered { Self::Unanswered } else { self }
    }
}

/// Whether a key exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Existence {
    Known(bool),
    /// The destination refuses every key, or another node of the cluster serves it.
    Refused(EndpointProblem),
    NotAsked,
}

/// Whether each key exists, unless the destination refuses every key. `error` makes its error.
pub(super) fn known(
    answers: Answers<Existence>,
    error: impl Fn(EndpointProblem) -> EndpointError,
) -> Result<Vec<bool>, EndpointError> {
    if let Some(error) = answers.error {
        return Err(error);
    }
    let known = |existence| match existence {
        Existence::Known(exists) => Ok(exists),
        Existence::Refused(problem) => Err(error(problem)),
        // Then there is an error for all.
        Existence::NotAsked => Ok(false),
    };
    answers.each.into_iter().map(known).collect()
}

impl Answer for Existence {
    fn open() -> Self {
        Self::NotAsked
    }

    fn is_open(&self) -> bool {
        *self == Self::NotAsked
    }

    fn problem(&self) -> Option<&EndpointProblem> {
        if let Self::Refused(problem) = self { Some(problem) } else { None }
    }

    /// A key that is refused counts as new.
    fn refusal(&self) -> Option<&str> {
        None
    }

    fn refused(problem: EndpointProblem) -> Self {
        Self::Refused(problem)
    }

    /// It counts as new: the write reports the reason.
    fn rejected(_: String) -> Self {
        Self::Known(false)
    }
}

impl Written {
    /// Parses the replies for `entries` entries, each of them one `RESTORE`.
    pub(super) fn of_restores(entries: usize, answered: &PipelineReplies<EndpointError>) -> Vec<Self> {
        let replies = &answered.replies;
        (0..entries)
            .map(|index| match replies.get(index) {
                Some(restore) => Self::of(restore, false),
                None => Self::without_reply(index < answered.sent),
            })
            .collect()
    }

    /// The same for entries that are an `EXISTS` and a `RESTORE … REPLACE` each.
    pub(super) fn of_replacements(entries: usize, answered: &PipelineReplies<EndpointError>) -> Vec<Self> {
        let replies = &answered.replies;
        (0..entries)
            .map(|index| match (replies.get(2 * index), replies.get(2 * index + 1)) {
                (Some(exists), Some(restore)) => Self::replaced(exists, restore),
                _ => Self::without_reply(2 * index + 1 < answered.sent),
            })
            .collect()
    }

    fn replaced(exists: &Reply, restore: &Reply) -> Self {
        match existed(exists) {
            Ok(existed) => Self::of(restore, existed),
            Err(problem) => Self::Refused(problem),
        }
    }

    /// Parses the reply to `RESTORE`; `existed` is the reply to the `EXISTS` before it.
    fn of(restore: &Reply, existed: bool) -> Self {
        match (restore, restore.error()) {
            (Reply::Status(_), _) if existed => Self::Replaced,
            (Reply::Status(_), _) => Self::Copied,
            (_, Some(message)) => match Refusal::of(&message) {
                Refusal::KeyExists => Self::Existing,
                Refusal::Key(refusal) => Self::Failed(refusal),
                Refusal::Server(problem) => Self::Refused(problem),
            },
            (other, None) => Self::Refused(EndpointProblem::Protocol(format!("{} to `RESTORE`", other.kind()))),
        }
    }

    fn without_reply(was_sent: bool) -> Self {
        if was_sent { Self::Unanswered } else { Self::NotSent }
    }
}

/// Parses the reply to `EXISTS` of one key. After an error that concerns only the key, it counts as not existing.
pub(super) fn existed(reply: &Reply) -> Result<bool, EndpointProblem> {
    match (reply, reply.error()) {
        (Reply::Int(count), _) => Ok(*count > 0),
        (_, Some(message)) => match Refusal::of(&message) {
            Refusal::Server(problem) => Err(problem),
            Refusal::Key(_) | Refusal::KeyExists => Ok(false),
        },
        (other, None) => Err(EndpointProblem::Protocol(format!("{} to `EXISTS`", other.kind()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Side;

    fn lost(replies: Vec<Reply>, sent: usize) -> PipelineReplies<EndpointError> {
        let problem = EndpointProblem::ConnectionLost("closed".into());
        let error = Some(EndpointError { side: Side::Destination, server: "h:1".into(), problem });
        PipelineReplies { replies, sent, error }
    }

    fn ok() -> Reply {
        Reply::Status("OK".into())
    }

    #[test]
    fn each_entry_has_its_own_answer_when_the_connection_closes() {
        let busy = Reply::Error("BUSYKEY Target key name already exists.".into());
        let written = Written::of_restores(5, &lost(vec![ok(), busy], 4));
        assert_eq!(
            written,
            [Written::Copied, Written::Existing, Written::Unanswered, Written::Unanswered, Written::NotSent]
        );
    }

    #[test]
    fn a_replacement_is_sent_when_its_restore_is() {
        let replies = vec![Reply::Int(1), ok(), Reply::Int(0)];
        // Sent: both commands of three entries, and the `EXISTS` of the fourth.
        let written = Written::of_replacements(4, &lost(replies, 7));
        assert_eq!(written, [Written::Replaced, Written::Unanswered, Written::Unanswered, Written::NotSent]);
    }
}
