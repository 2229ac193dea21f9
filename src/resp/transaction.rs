//! The replies to a transaction: `OK`, `QUEUED` for each command, and all their replies in one array.

use bytes::Bytes;

use super::Reply;
use super::shifted::Shifted;

/// The errors of a transaction before its `EXEC`.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// The reply to `MULTI`, if it is an error. Then the server runs the commands one by one.
    refused: Option<Bytes>,
    /// The commands that were not queued, by number, and their errors.
    not_queued: Vec<(usize, Bytes)>,
}

impl Transaction {
    /// Accepts a reply; `number` is 0 for `MULTI`. With the last one, a reply for each of the `count` commands is added to
    /// `replies`.
    pub fn accept(
        &mut self,
        number: usize,
        count: usize,
        reply: Reply,
        replies: &mut Vec<Reply>,
    ) -> Result<(), Shifted> {
        match (number, reply) {
            (0, Reply::Status(text)) if text == "OK" => {}
            (0, Reply::Error(error)) => self.refused = Some(error),
            (0, reply) => return Err(Shifted::new(&reply, "the reply to `MULTI`")),
            (number, _) if number <= count && self.refused.is_some() => {}
            (number, Reply::Status(text)) if number <= count && text == "QUEUED" => {}
            (number, Reply::Error(error)) if number <= count => self.not_queued.push((number - 1, error)),
            (number, reply) if number <= count => return Err(Shifted::new(&reply, "`QUEUED`")),
            (_, reply) => std::mem::take(self).execute(count, reply, replies)?,
        }
        Ok(())
    }

    /// Adds the reply of each command from the reply to `EXEC`.
    fn execute(self, count: usize, reply: Reply, replies: &mut Vec<Reply>) -> Result<(), Shifted> {
        match (&self.refused, reply) {
            (None, Reply::Array(executed)) if executed.len() == count && self.not_queued.is_empty() => {
                replies.extend(executed);
            }
            // A proxy has answered some commands itself.
            (None, Reply::Array(executed)) if executed.len() + self.not_queued.len() == count => {
                let mut executed = executed.into_iter();
                self.settle(count, replies, || executed.next().unwrap_or(Reply::Nil));
            }
            (None, Reply::Error(error)) => {
                let error = Reply::Error(reason(&error));
                self.settle(count, replies, || error.clone());
            }
            (Some(refusal), Reply::Error(_)) => {
                let error = Reply::Error(refusal.clone());
                self.settle(count, replies, || error.clone());
            }
            (_, reply) => return Err(Shifted::new(&reply, "the reply to `EXEC`")),
        }
        Ok(())
    }

    /// Adds a reply for each of `count` commands: its own error, or else what `other` returns.
    fn settle(self, count: usize, replies: &mut Vec<Reply>, mut other: impl FnMut() -> Reply) {
        let mut not_queued = self.not_queued.into_iter().peekable();
        for command in 0..count {
            let own = not_queued.next_if(|(number, _)| *number == command);
            replies.push(own.map_or_else(&mut other, |(_, error)| Reply::Error(error)));
        }
    }
}

/// The reason why a transaction was aborted. If `EXEC` itself was refused, its error contains the server's reason.
fn reason(error: &Bytes) -> Bytes {
    const BEFORE: &[u8] = b"because of: ";
    let at = error.windows(BEFORE.len()).position(|part| part == BEFORE);
    at.map_or_else(|| error.clone(), |at| error.slice(at + BEFORE.len()..))
}
