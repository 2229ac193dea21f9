//! Reads keys.

use super::Node;
use super::one_moment::OneMoment;
use super::{transactions, two_expiries};
use crate::entry::DbKey;
use crate::error::{Answers, EndpointProblem};
use crate::server::{ABOUT_A_SLOT, Answer, Session, Turn};
use crate::source::ReadResult;

/// The bytes of a command besides its key.
const COMMAND_BYTES: usize = 40;
/// A key is read at most so often, until its expiry does not change meanwhile.
const MOST_READS: usize = 10;

impl Node {
    /// Reads the expiry and the payload of each key, both of one moment.
    pub(in crate::source) async fn read_keys(&self, keys: &[DbKey<'_>], asks: bool) -> Answers<ReadResult> {
        let read = async |session: &Session, keys: &[DbKey<'_>]| {
            let read = session.exchange(keys, async |turn, keys| self.read_each(turn, keys).await).await;
            session.attribute(read, || self.probe(), &ABOUT_A_SLOT).await
        };
        self.in_each_database((keys, asks), ReadResult::open, read).await
    }

    /// Reads keys, and those again that have no certain result.
    async fn read_each(&self, turn: &Turn<'_>, keys: &[DbKey<'_>]) -> Answers<ReadResult> {
        let mut answers = self.read_once(turn, keys, self.one_moment.get().keys_at_once(keys.len())).await;
        for _ in 1..MOST_READS {
            let open = open(&answers.each);
            if answers.error.is_some() || open.is_empty() {
                return answers;
            }
            let again: Vec<DbKey<'_>> = open.iter().map(|index| keys[*index]).collect();
            let read = self.read_once(turn, &again, 1).await;
            answers.error = read.error;
            for (index, result) in open.into_iter().zip(read.each) {
                answers.each[index] = result;
            }
        }
        if answers.error.is_none() {
            for index in open(&answers.each) {
                let message = format!("its expiry changed during each of {MOST_READS} reads");
                answers.each[index] = ReadResult::Failed { type_name: None, refusal: message.into() };
            }
        }
        answers
    }

    /// Sends one pipeline. A key without a certain result is not read.
    async fn read_once(&self, turn: &Turn<'_>, keys: &[DbKey<'_>], at_once: usize) -> Answers<ReadResult> {
        let is_absolute = self.is_absolute;
        let mut request = turn.pipeline(keys.iter().map(|key| 2 * (key.key.as_bytes().len() + COMMAND_BYTES)).sum());
        let one_moment = self.one_moment.get();
        let mut each = Vec::with_capacity(keys.len());
        let error = match one_moment {
            OneMoment::Transactions(_) => {
                let groups = one_moment.groups(keys, at_once);
                for group in &groups {
                    transactions::add(&mut request, group, is_absolute);
                }
                let answered = turn.send(request).await;
                transactions::parse(&mut each, groups.iter().map(|group| group.len()), answered.replies, is_absolute);
                answered.error
            }
            OneMoment::TwoExpiries => {
                two_expiries::add(&mut request, keys, is_absolute);
                let answered = turn.send(request).await;
                two_expiries::parse(&mut each, answered.replies, is_absolute);
                answered.error
            }
        };
        each.resize_with(keys.len(), ReadResult::open);
        if one_moment != OneMoment::TwoExpiries && each.iter().any(is_not_permitted) {
            // The permission for transactions may have been removed.
            self.one_moment.set(OneMoment::TwoExpiries);
            each.iter_mut().filter(|result| is_not_permitted(result)).for_each(|result| *result = ReadResult::NotRead);
        }
        Answers { each, error }
    }
}

fn open(results: &[ReadResult]) -> Vec<usize> {
    (0..results.len()).filter(|index| results[*index].is_open()).collect()
}

fn is_not_permitted(result: &ReadResult) -> bool {
    matches!(result, ReadResult::Refused(EndpointProblem::NotPermitted(_)))
}
