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

    /// How many commands of the current transaction have not been answered. Their usual answer is `QUEUED`.
    #[must_use]
    pub fn not_queued(&self) -> usize {
        match self.steps.get(self.at) {
            Some(Step::Transaction(count)) if self.done > 0 => (count + 1).saturating_sub(self.done),
            _ => 0,
        }
    }

    /// Accepts so many `QUEUED`, at most [`Expected::not_queued`].
    pub fn accept_queued(&mut self, count: usize) {
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
mod tests {
    use super::*;
    use crate::resp::{Framing, Request};

    fn status(text: &'static str) -> Reply {
        Reply::Status(text.into())
    }

    fn error(text: &'static str) -> Reply {
        Reply::Error(text.into())
    }

    fn bulk(text: &'static str) -> Reply {
        Reply::Bulk(text.into())
    }

    /// What a request of so many commands expects, and its frame's reply.
    fn plain(commands: usize) -> (Expected, Reply) {
        let mut request = Request::default();
        for _ in 0..commands {
            request.command(&[b"RESTORE"]);
        }
        expected(request)
    }

    /// The same for commands in a transaction.
    fn transaction(commands: usize) -> (Expected, Reply) {
        let mut request = Request::default();
        request.transaction(|request| {
            for _ in 0..commands {
                request.command(&[b"DUMP"]);
            }
        });
        expected(request)
    }

    fn expected(mut request: Request) -> (Expected, Reply) {
        request.frame(Framing::Ping);
        let expected = request.into_parts().2;
        let text = expected.steps.iter().find_map(Step::frame).expect("it ends with a frame").as_bytes().to_vec();
        (expected, Reply::Bulk(text.into()))
    }

    /// The replies, if every one is at its place.
    fn replies((mut expected, frame): (Expected, Reply), sent: Vec<Reply>) -> Result<Vec<Reply>, Shifted> {
        for reply in sent.into_iter().chain([frame]) {
            expected.accept(reply)?;
        }
        assert!(expected.is_complete());
        Ok(expected.into_replies())
    }

    #[test]
    fn a_surplus_reply_is_noticed_at_the_frame() {
        let shifted = replies(plain(2), vec![status("OK"), status("OK"), error("ERR Bad data format")]);
        let message = shifted.expect_err("there are three replies to two commands").to_string();
        assert!(message.starts_with("the error `ERR Bad data format` instead of the reply that ends a pipeline"));
    }

    #[test]
    fn a_missing_reply_is_noticed_when_the_frame_comes_too_early() {
        assert!(replies(plain(2), vec![status("OK")]).is_err());
        assert!(replies(transaction(2), vec![status("OK"), status("QUEUED")]).is_err());
    }

    #[test]
    fn only_the_replies_before_a_frame_are_proven() {
        let (mut expected, frame) = plain(2);
        expected.accept(status("OK")).expect("the first of two");
        assert_eq!((expected.count(), expected.into_framed()), (1, vec![]));
        let (mut expected, _) = plain(1);
        expected.accept(status("OK")).expect("the only one");
        assert!(expected.accept(frame).is_err(), "the frame of another pipeline");
        assert_eq!(expected.into_replies(), [status("OK")]);
    }

    #[test]
    fn a_server_that_is_not_ready_refuses_the_frame_too() {
        let (mut expected, _) = plain(1);
        for reply in [error("BUSY Redis is busy"), error("BUSY Redis is busy")] {
            expected.accept(reply).expect("the reply is at its place");
        }
        assert!(expected.is_complete());
        assert_eq!(expected.into_framed(), []);
    }

    #[test]
    fn a_transaction_returns_the_reply_of_each_command() {
        let executed = Reply::Array(vec![bulk("a"), error("ERR wrong")]);
        let sent = vec![status("OK"), status("QUEUED"), status("QUEUED"), executed];
        assert_eq!(replies(transaction(2), sent), Ok(vec![bulk("a"), error("ERR wrong")]));
    }

    #[test]
    fn queued_commands_that_are_only_counted_are_at_their_places() {
        let (mut expected, frame) = transaction(3);
        assert_eq!(expected.not_queued(), 0, "`MULTI` has not been answered");
        expected.accept(status("OK")).expect("`MULTI`");
        assert_eq!(expected.not_queued(), 3);
        expected.accept_queued(1);
        expected.accept(error("NOPERM key")).expect("the second command");
        assert_eq!(expected.not_queued(), 1);
        expected.accept_queued(1);
        assert_eq!(expected.not_queued(), 0, "only `EXEC` is missing");
        let abort = "EXECABORT Transaction discarded because of previous errors.";
        let replies = replies((expected, frame), vec![error(abort)]);
        assert_eq!(replies, Ok(vec![error(abort), error("NOPERM key"), error(abort)]));
    }

    #[test]
    fn a_surplus_or_missing_reply_of_a_transaction_is_noticed() {
        let right = || vec![status("OK"), status("QUEUED"), status("QUEUED"), Reply::Array(vec![bulk("a"), bulk("b")])];
        for at in 0..4 {
            let (mut missing, mut surplus) = (right(), right());
            missing.remove(at);
            surplus.insert(at, right().remove(at));
            assert!(replies(transaction(2), missing).is_err(), "{at} is missing");
            assert!(replies(transaction(2), surplus).is_err(), "{at} comes twice");
        }
        for array in [vec![bulk("a")], vec![bulk("a"), bulk("b"), bulk("c")]] {
            let sent = vec![status("OK"), status("QUEUED"), status("QUEUED"), Reply::Array(array)];
            assert!(replies(transaction(2), sent).is_err());
        }
    }

    #[test]
    fn a_command_that_was_not_queued_has_its_own_error_and_the_others_that_of_exec() {
        let abort = "EXECABORT Transaction discarded because of previous errors.";
        let sent = vec![status("OK"), status("QUEUED"), error("NOPERM key"), error(abort)];
        assert_eq!(replies(transaction(2), sent), Ok(vec![error(abort), error("NOPERM key")]));
    }

    #[test]
    fn every_command_has_the_reason_why_exec_was_refused() {
        let abort = "EXECABORT Transaction discarded because of: BUSY Redis is busy";
        let sent = vec![status("OK"), status("QUEUED"), status("QUEUED"), error(abort)];
        assert_eq!(replies(transaction(2), sent), Ok(vec![error("BUSY Redis is busy"); 2]));
    }

    #[test]
    fn without_multi_every_command_has_the_error_of_multi() {
        let sent = vec![error("NOPERM multi"), bulk("a"), Reply::Nil, error("ERR EXEC without MULTI")];
        assert_eq!(replies(transaction(2), sent), Ok(vec![error("NOPERM multi"); 2]));
    }

    #[test]
    fn a_command_that_a_proxy_answers_is_left_out_of_the_replies_to_exec() {
        let sent = vec![status("OK"), error("TRYAGAIN"), status("QUEUED"), Reply::Array(vec![bulk("b")])];
        assert_eq!(replies(transaction(2), sent), Ok(vec![error("TRYAGAIN"), bulk("b")]));
    }
}
