//! Settles writes that were sent, but have no reply, because the connection was lost.
//!
//! Such a write is repeated. If the key must not exist (`on_existing = "skip"`) and exists now, it is ours if what is
//! there equals what was sent.

use std::ops::RangeInclusive;

use super::probe::writing;
use super::write::{Write, not_sent};
use super::{Destination, DestinationNode, Written};
use crate::entry::Entry;
use crate::error::{Answers, EndpointProblem};
use crate::job::OnExisting;
use crate::payload::{Comparison, compare};
use crate::resp::Reply;
use crate::server::{ABOUT_A_PAYLOAD, ABOUT_A_SLOT, PipelineReplies, Refusal, Turn};

/// Before Redis 7.0, an expiry is computed from our copy of the server's clock, which may be wrong by this much.
const MAX_UNCERTAINTY_MS: i64 = 5;

impl DestinationNode {
    /// Writes entries of one database.
    pub(super) async fn write_to_database(
        &self,
        writes: &[Write<'_>],
        on_existing: OnExisting,
        asks: bool,
    ) -> Answers<Written> {
        let db = writes[0].entry.id.db;
        let session = match self.sessions(asks).session(db).await {
            Ok(session) => session,
            Err(error) => return not_sent(writes, Some(error)),
        };
        let attempt =
            async |turn: &Turn<'_>, writes: &[Write<'_>]| write_and_compare(self, turn, writes, on_existing).await;
        let written = session.exchange(writes, attempt).await;
        let probe = || writing(self.accepts.reads(), session.probe_key());
        let written = session.attribute(written, probe, &[&ABOUT_A_PAYLOAD[..], &ABOUT_A_SLOT].concat()).await;
        if self.keys_before.is_some() && db == self.control().contact().endpoint().db {
            let copied = written.each.iter().filter(|written| **written == Written::Copied).count() as u64;
            self.copied.set(self.copied.get() + copied);
        }
        written
    }
}

async fn write_and_compare(
    node: &DestinationNode,
    turn: &Turn<'_>,
    writes: &[Write<'_>],
    on_existing: OnExisting,
) -> Answers<Written> {
    let mut answers = node.write_once(turn, writes.iter().map(|write| write.entry), on_existing).await;
    let mut doubtful = Vec::new();
    for (index, written) in answers.each.iter().enumerate() {
        match written {
            Written::Unanswered => writes[index].may_be_there.set(true),
            Written::Existing if writes[index].may_be_there.get() => doubtful.push(index),
            _ => {}
        }
    }
    if answers.error.is_none() && !doubtful.is_empty() {
        let sent: Vec<&Write<'_>> = doubtful.iter().map(|index| &writes[*index]).collect();
        let compared = compare_all(node, turn, &sent).await;
        answers.error = compared.error;
        for (index, written) in doubtful.into_iter().zip(compared.each) {
            answers.each[index] = written;
        }
    } else {
        for index in doubtful {
            answers.each[index] = Written::Unanswered;
        }
    }
    answers
}

/// Compares what is at the destination with what was sent. An entry without a complete answer stays unanswered.
async fn compare_all(node: &DestinationNode, turn: &Turn<'_>, sent: &[&Write<'_>]) -> Answers<Written> {
    let is_absolute = node.is_absolute;
    let mut request = turn.pipeline(0);
    for write in sent {
        let key = write.entry.id.key.as_bytes();
        if is_absolute {
            request.command(&[b"PEXPIRETIME", key]).command(&[b"DUMP", key]);
        } else {
            request.command(&[b"PTTL", key]).command(&[b"DUMP", key]);
        }
    }
    // The server has executed the commands between these two points of time.
    let before = signed(node.now_ms());
    let PipelineReplies { replies, error, .. } = turn.send(request).await;
    let now = signed(node.now_ms());
    let clock = if is_absolute { 0..=0 } else { before - MAX_UNCERTAINTY_MS..=now + MAX_UNCERTAINTY_MS };
    let mut answers = Answers { each: Vec::with_capacity(sent.len()), error };
    for (write, replies) in sent.iter().zip(replies.chunks_exact(2)) {
        let clock = clock.start() - delay(node, write)..=*clock.end();
        answers.each.push(judge(write.entry, &replies[0], &replies[1], &clock));
    }
    answers.each.resize(sent.len(), Written::Unanswered);
    answers
}

/// By how much the expiry of a key may have been delayed since it was sent, in ms. The nodes of a cluster move a key with
/// the time that is left, so its expiry comes later by the duration of each move.
fn delay(node: &DestinationNode, write: &Write<'_>) -> i64 {
    let longest = write.since.elapsed().as_millis();
    if node.facts().is_cluster_node() { i64::try_from(longest).unwrap_or(i64::MAX) } else { 0 }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Whether the key at the destination is the entry. `clock` are the points of time that a `PTTL` may count from.
fn judge(entry: &Entry<'_>, when: &Reply, dump: &Reply, clock: &RangeInclusive<i64>) -> Written {
    if let Some(message) = when.error().or_else(|| dump.error()) {
        return match Refusal::of_server(&message) {
            problem @ EndpointProblem::Moved(_) => Written::Refused(problem),
            problem if problem.wait_cause().is_some() => Written::Refused(problem),
            _ => Written::Uncertain,
        };
    }
    let is_same_expiry = match (when, entry.expires_at) {
        (Reply::Int(-1), None) => true,
        (Reply::Int(left @ 0..), Some(sent)) => clock.contains(&(signed(sent) - left)),
        _ => false,
    };
    match dump {
        Reply::Bulk(payload) if is_same_expiry => match compare(payload, entry.payload) {
            Comparison::Equal => Written::Copied,
            Comparison::Different(_) => Written::Existing,
            Comparison::NotComparable => Written::Uncertain,
        },
        // It has another expiry, or does not exist any more.
        _ => Written::Existing,
    }
}
