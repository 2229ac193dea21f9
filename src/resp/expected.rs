//! The replies that a pipeline expects, in order.
//!
//! A reply too many or too few would give a key the value of its neighbour. So a pipeline has frames, and each reply
//! must be at its place.

use super::Reply;
use super::frame::FrameText;
use super::shifted::Shifted;
use super::transaction::Transaction;

/// How the errors of a server begin that cannot answer any command now.
const NOT_READY: [&[u8]; 3] = [b"LOADING ", b"BUSY ", b"MASTERDOWN "];

/// What answers the next commands of a pipeline.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// One reply for each of so many commands.
    Replies(usize),
    /// So many commands between `MULTI` and `EXEC`.
    Transaction(usize),
    /// The text of a frame.
    Frame(FrameText),
    /// `OK`: the next command, or transaction, is about a key of a slot that the node imports.
    Asking,
}

/// A reply, or several, that take less time to compare than to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usual {
    /// `OK`.
    Ok,
    /// So many `QUEUED`.
    Queued(usize),
    /// What comes before the replies to the commands of a transaction.
    Opening(Opening),
}

/// What comes before the replies to the commands of a small transaction: `OK`, `QUEUED` for each, and the header of their
/// array. The replies of larger ones are decoded as one array, which takes less time for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    commands: usize,
}

/// By the number of commands, from 1.
const OPENINGS: [&[u8]; 4] = [
    b"+OK\r\n+QUEUED\r\n*1\r\n",
    b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n",
    b"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n",
    b"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n",
];

impl Opening {
    pub(super) fn of(commands: usize) -> Option<Self> {
        (1..=OPENINGS.len()).contains(&commands).then_some(Self { commands })
    }

    /// Its bytes.
    #[must_use]
    pub fn text(self) -> &'static [u8] {
        OPENINGS[self.commands - 1]
    }

    /// How many replies it has, with the header of the array.
    #[must_use]
    pub fn replies(self) -> usize {
        self.commands + 2
    }
}

/// The replies that a pipeline expects, and those that have arrived: one for each command of the caller. Replies to
/// frames, `ASKING`, `MULTI` and `EXEC` are checked and removed.
#[derive(Debug)]
pub struct Expected {
    steps: Vec<Step>,
    /// The current step, and how many of its replies have arrived.
    at: usize,
    done: usize,
    transaction: Transaction,
    replies: Vec<Reply>,
    /// The replies before the last frame that has arrived.
    framed: usize,
}

impl Expected {
    pub(super) fn new(steps: Vec<Step>, commands: usize) -> Self {
        let (transaction, replies) = (Transaction::default(), Vec::with_capacity(commands));
        Self { steps, at: 0, done: 0, transaction, replies, framed: 0 }
    }

    /// Whether every reply has arrived.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.at == self.steps.len()
    }

    /// The number of replies that have arrived.
    #[must_use]
    pub fn count(&self) -> usize {
        self.replies.len()
    }

    /// The replies that have arrived.
    #[must_use]
    pub fn into_replies(self) -> Vec<Reply> {
        self.replies
    }

    /// The replies that are proven to be at their places, because a frame has arrived after them.
    #[must_use]
    pub fn into_framed(mut self) -> Vec<Reply> {
        self.replies.truncate(self.framed);
        self.replies
    }

    /// What comes next in a transaction, if nothing fails.
    #[must_use]
    pub fn usual(&self) -> Option<Usual> {
        let Some(&Step::Transaction(count)) = self.steps.get(self.at) else { return None };
        match self.done {
            0 => Some(Opening::of(count).map_or(Usual::Ok, Usual::Opening)),
            done if done <= count => Some(Usual::Queued(count + 1 - done)),
            _ => None,
        }
    }

    /// Accepts so many replies that are as usual. After an opening, the replies of its array are accepted one by one.
    pub fn accept_usual(&mut self, count: usize) {
        self.done += count;
    }

    /// Adds the next reply.
    ///
    /// # Errors
    ///
    /// The reply is not at its place. No reply since the last frame can be trusted.
    pub fn accept(&mut self, reply: Reply) -> Result<(), Shifted> {
        match self.steps.get(self.at) {
            Some(Step::Replies(_)) if self.is_next_frame(&reply) => {
                return Err(Shifted::new(&reply, "the reply to another command"));
            }
            Some(&Step::Replies(count)) => {
                self.replies.push(reply);
                self.advance(count);
            }
            Some(&Step::Transaction(count)) if self.done > count + 1 => {
                self.replies.push(reply);
                self.advance(2 * count + 2);
            }
            Some(&Step::Transaction(count)) => {
                self.transaction.accept(self.done, count, reply, &mut self.replies)?;
                self.advance(count + 2);
            }
            Some(Step::Frame(text)) => {
                if is_frame(text, &reply)? {
                    self.framed = self.replies.len();
                }
                self.advance(1);
            }
            Some(Step::Asking) => match reply {
                Reply::Status(_) | Reply::Error(_) => self.advance(1),
                reply => return Err(Shifted::new(&reply, "the reply to `ASKING`")),
            },
            None => return Err(Shifted::new(&reply, "no reply")),
        }
        Ok(())
    }

    /// One of the `count` replies of the current step has arrived.
    fn advance(&mut self, count: usize) {
        self.done += 1;
        if self.done == count {
            (self.at, self.done) = (self.at + 1, 0);
        }
    }

    /// Whether a reply is the next frame's, which has come too early.
    fn is_next_frame(&self, reply: &Reply) -> bool {
        let Reply::Bulk(found) = reply else { return false };
        let texts = self.steps[self.at..].iter().filter_map(Step::frame);
        found.len() == FrameText::LENGTH && texts.take(1).any(|text| text.as_bytes() == found)
    }
}

impl Step {
    fn frame(&self) -> Option<&FrameText> {
        if let Self::Frame(text) = self { Some(text) } else { None }
    }
}

/// Whether a reply is the frame's. A server that cannot answer now refuses the frame, too: then the reply is at its
/// place, but no proof.
fn is_frame(text: &FrameText, reply: &Reply) -> Result<bool, Shifted> {
    match reply {
        Reply::Bulk(found) if found == text.as_bytes() => Ok(true),
        Reply::Error(error) if NOT_READY.iter().any(|code| error.starts_with(code)) => Ok(false),
        _ => Err(Shifted::new(reply, "the reply that ends a pipeline")),
    }
}

#[cfg(test)]
mod tests;
