//! Reads keys.

use super::Node;
use super::replies::{Expiry, pairs, time_ms};
use crate::entry::DbKey;
use crate::error::Answers;
use crate::resp::{Reply, Request};
use crate::source::ReadResult;

/// Room for one short command about a key.
const COMMAND: usize = 40;
/// `TIME` is read before and after each key; the computed expiry is trusted if the two are at most this far apart.
const SURE_MS: u64 = 5;
/// Expiries that are asked for again at once: their commands fit into what a server reads in one go, 16 KiB, unless
/// keys are long.
const AGAIN_AT_ONCE: usize = 50;

impl Node {
    /// Reads keys: when each expires, and its payload, side by side.
    pub(in crate::source) async fn read_keys(&self, keys: &[DbKey<'_>]) -> Answers<ReadResult> {
        if !self.facts.has_pexpiretime() {
            return self.read_by_clock(keys).await;
        }
        let answered = self.data.send(request_absolute(keys)).await;
        let mut each = Vec::with_capacity(keys.len());
        each.extend(pairs(answered.replies).map(|[when, dump]| ReadResult::of(Some(Expiry::Absolute), &when, dump)));
        each.resize_with(keys.len(), || ReadResult::NotRead);
        Answers { each, lost: answered.lost }
    }

    async fn read_by_clock(&self, keys: &[DbKey<'_>]) -> Answers<ReadResult> {
        let answered = self.data.send(request_by_clock(keys)).await;
        let (each, unsure) = timed_results(keys.len(), answered.replies);
        let answers = Answers { each, lost: answered.lost };
        if answers.lost.is_some() { answers.without(&unsure) } else { self.make_sure(keys, answers, &unsure).await }
    }

    /// Asks again for expiries that came so slowly that they are not sure, a few at a time, so that the server reads and
    /// answers each few in one go.
    async fn make_sure(
        &self,
        keys: &[DbKey<'_>],
        mut answers: Answers<ReadResult>,
        unsure: &[usize],
    ) -> Answers<ReadResult> {
        for (done, few) in unsure.chunks(AGAIN_AT_ONCE).enumerate() {
            let mut request = Request::default();
            for &index in few {
                request.command(&[b"TIME"]).command(&[b"PTTL", keys[index].key.as_bytes()]);
            }
            let answered = self.data.send(request).await;
            if let Some(error) = answered.lost {
                answers.lost = Some(error);
                return answers.without(&unsure[done * AGAIN_AT_ONCE..]);
            }
            for (&index, [time, left]) in few.iter().zip(pairs(answered.replies)) {
                answers.each[index].set_expiry(time_ms(&time).map(Expiry::From), &left);
            }
        }
        answers
    }
}

impl Answers<ReadResult> {
    /// Takes answers back that are not sure.
    fn without(mut self, unsure: &[usize]) -> Self {
        for &index in unsure {
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

/// The clock is asked before each key and after the last: others may be served in between, and values take their time.
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
    keys.iter().map(|key| 2 * (key.key.as_bytes().len() + COMMAND)).sum()
}

/// What replies to [`request_by_clock`] mean, and which of them are not sure of their expiry.
fn timed_results(keys: usize, replies: Vec<Reply>) -> (Vec<ReadResult>, Vec<usize>) {
    let mut replies = replies.into_iter();
    let (mut each, mut unsure) = (Vec::with_capacity(keys), Vec::new());
    let mut before = replies.next().as_ref().and_then(time_ms);
    while let (Some(left), Some(dump), Some(time)) = (replies.next(), replies.next(), replies.next()) {
        let after = time_ms(&time);
        let expires = matches!(left, Reply::Int(0..));
        if expires && after.zip(before).is_none_or(|(after, before)| after > before + SURE_MS) {
            unsure.push(each.len());
        }
        each.push(ReadResult::of(before.map(Expiry::From), &left, dump));
        before = after;
    }
    each.resize_with(keys, || ReadResult::NotRead);
    (each, unsure)
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
