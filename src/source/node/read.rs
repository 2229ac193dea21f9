//! Reads keys.

use super::Node;
use super::replies::{Expiry, pairs, time_ms};
use crate::entry::DbKey;
use crate::error::Answers;
use crate::resp::{Reply, Request};
use crate::server::Turn;
use crate::source::ReadResult;

/// The bytes of a command besides its key.
const COMMAND_BYTES: usize = 40;
/// `TIME` is read before and after each key; the computed expiry is trusted if the two are at most this far apart.
const MAX_UNCERTAINTY_MS: u64 = 5;
/// The number of expiries that one pipeline requests again. Unless keys are long, the commands fit into the 16 KiB that
/// a server reads at once.
const AGAIN_AT_ONCE: usize = 50;

impl Node {
    /// Reads the expiry and the payload of each key.
    pub(in crate::source) async fn read_keys(&self, keys: &[DbKey<'_>]) -> Answers<ReadResult> {
        if self.facts.has_pexpiretime() {
            self.data.exchange(keys, read_absolute).await
        } else {
            self.data.exchange(keys, read_by_clock).await
        }
    }
}

async fn read_absolute(turn: &Turn<'_>, keys: &[DbKey<'_>]) -> Answers<ReadResult> {
    let answered = turn.send(request_absolute(keys)).await;
    let mut each = Vec::with_capacity(keys.len());
    each.extend(pairs(answered.replies).map(|[when, dump]| ReadResult::of(Some(Expiry::Absolute), &when, dump)));
    Answers { each, error: answered.error }
}

async fn read_by_clock(turn: &Turn<'_>, keys: &[DbKey<'_>]) -> Answers<ReadResult> {
    let answered = turn.send(request_by_clock(keys)).await;
    let (each, uncertain) = timed_results(keys.len(), answered.replies);
    let answers = Answers { each, error: answered.error };
    if answers.error.is_some() {
        answers.without(&uncertain)
    } else {
        repeat_uncertain(turn, keys, answers, &uncertain).await
    }
}

/// Requests uncertain expiries again, a few at a time, so that the server runs each few without a break.
async fn repeat_uncertain(
    turn: &Turn<'_>,
    keys: &[DbKey<'_>],
    mut answers: Answers<ReadResult>,
    uncertain: &[usize],
) -> Answers<ReadResult> {
    for (done, few) in uncertain.chunks(AGAIN_AT_ONCE).enumerate() {
        let mut request = Request::default();
        for &index in few {
            request.command(&[b"TIME"]).command(&[b"PTTL", keys[index].key.as_bytes()]);
        }
        let answered = turn.send(request).await;
        if let Some(error) = answered.error {
            answers.error = Some(error);
            return answers.without(&uncertain[done * AGAIN_AT_ONCE..]);
        }
        for (&index, [time, left]) in few.iter().zip(pairs(answered.replies)) {
            answers.each[index].set_expiry(time_ms(&time).map(Expiry::From), &left);
        }
    }
    answers
}

impl Answers<ReadResult> {
    /// Discards the results whose expiry is uncertain.
    fn without(mut self, uncertain: &[usize]) -> Self {
        for &index in uncertain {
            self.each[index] = ReadResult::NotRead;
        }
        self
    }
}

fn request_absolute(keys: &[DbKey<'_>]) -> Request {
    let mut request = Request::with_capacity(room(keys));
    for key in keys {
        let key = key.key.as_bytes();
        request.command(&[b"PEXPIRETIME", key]).command(&[b"DUMP", key]);
    }
    request
}

/// `TIME` is read before each key and after the last, because other clients and large values may take time in between.
fn request_by_clock(keys: &[DbKey<'_>]) -> Request {
    let mut request = Request::with_capacity(room(keys));
    request.command(&[b"TIME"]);
    for key in keys {
        let key = key.key.as_bytes();
        request.command(&[b"PTTL", key]).command(&[b"DUMP", key]).command(&[b"TIME"]);
    }
    request
}

fn room(keys: &[DbKey<'_>]) -> usize {
    keys.iter().map(|key| 2 * (key.key.as_bytes().len() + COMMAND_BYTES)).sum()
}

/// Parses the replies to [`request_by_clock`]; the second result lists the keys whose expiry is uncertain.
fn timed_results(keys: usize, replies: Vec<Reply>) -> (Vec<ReadResult>, Vec<usize>) {
    let mut replies = replies.into_iter();
    let (mut each, mut uncertain) = (Vec::with_capacity(keys), Vec::new());
    let mut before = replies.next().as_ref().and_then(time_ms);
    while let (Some(left), Some(dump), Some(time)) = (replies.next(), replies.next(), replies.next()) {
        let after = time_ms(&time);
        let expires = matches!(left, Reply::Int(0..));
        if expires && after.zip(before).is_none_or(|(after, before)| after > before + MAX_UNCERTAINTY_MS) {
            uncertain.push(each.len());
        }
        each.push(ReadResult::of(before.map(Expiry::From), &left, dump));
        before = after;
    }
    each.resize_with(keys, || ReadResult::NotRead);
    (each, uncertain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_whose_replies_did_not_all_arrive_are_not_read() {
        let dump = || Reply::Bulk(vec![0].into());
        let time = || Reply::Array(vec![Reply::Bulk("1".into()), Reply::Bulk("0".into())]);
        let replies = vec![time(), Reply::Int(-1), dump(), time(), Reply::Int(-1), dump()];
        let read = ReadResult::Value { expires_at: None, payload: vec![0].into() };
        assert_eq!(timed_results(2, replies), (vec![read, ReadResult::NotRead], Vec::new()));
    }
}
