//! Reads values from the source, or takes the values that it returned with the keys.

use std::collections::VecDeque;

use bytes::Bytes;

use super::measure::measure;
use crate::budget::{InFlightBudget, Permit};
use crate::engine::account::{Candidate, Settled, Ticket};
use crate::engine::context::JobContext;
use crate::entry::DbKey;
use crate::error::{Answers, FailureCode, Side};
use crate::outcome::{Filter, How};
use crate::payload::{self, Origin};
use crate::source::{ReadResult, Source};

/// A name is kept, and is copied into the requests. A payload is sent without being copied.
const NAME_COPIES: usize = 2;

/// A key with its value.
#[derive(Debug)]
pub struct Ready {
    pub ticket: Ticket,
    /// Unix time in ms at which the key expires; `None` if it does not.
    pub expires_at: Option<u64>,
    pub payload: Bytes,
    /// The server that wrote the payload.
    pub origin: Origin,
    /// How the payload was changed so that the destination accepts it.
    pub how: How,
}

/// Entries that were read, and their part of the bytes in flight.
#[derive(Debug)]
pub struct Loaded {
    pub entries: Vec<Ready>,
    pub permit: Permit,
}

impl Loaded {
    /// No entries.
    pub fn none(in_flight: &InFlightBudget) -> Self {
        Self { entries: Vec::new(), permit: in_flight.take(0) }
    }

    /// Adds what another read returned.
    pub fn absorb(&mut self, other: Self) {
        if self.entries.is_empty() {
            self.entries = other.entries;
        } else {
            // `split_off_first` keeps the capacity, so no more is reserved than needed.
            self.entries.reserve_exact(other.entries.len());
            self.entries.extend(other.entries);
        }
        self.permit.absorb(other.permit);
    }

    /// Bytes of names and payloads. Names count twice: see [`NAME_COPIES`].
    pub fn bytes(&self) -> usize {
        bytes(&self.entries)
    }

    /// Removes and returns the first entries, at most `count`.
    pub fn split_off_first(&mut self, count: usize) -> Self {
        let rest = self.entries.split_off(count.min(self.entries.len()));
        let entries = std::mem::replace(&mut self.entries, rest);
        let permit = self.permit.split(bytes(&entries));
        Self { entries, permit }
    }
}

fn bytes(entries: &[Ready]) -> usize {
    entries.iter().map(|ready| NAME_COPIES * ready.ticket.key().as_bytes().len() + ready.payload.len()).sum()
}

/// The keys of one read.
#[derive(Debug)]
pub struct NextRead {
    pub candidates: Vec<Candidate>,
    /// The bytes of their names, and the expected bytes of their values.
    pub bytes: usize,
    expected: usize,
}

/// Waits until the job's limits permit a read, and takes the keys of the next read.
pub async fn next_read(context: &JobContext<'_>, candidates: &mut VecDeque<Candidate>) -> NextRead {
    let JobContext { throttle, stop, .. } = context;
    stop.until_stopped(throttle.pass_values()).await;
    if candidates.front().is_some_and(|first| !first.is_measured()) && context.size_estimate.should_measure() {
        // A large value was read after these keys passed the stage that measures.
        measure(context, candidates.make_contiguous()).await;
    }
    let next = take_fitting(context, candidates);
    throttle.take_values(next.candidates.len(), next.expected);
    next
}

/// Takes the first keys that fit into one read; at least one.
fn take_fitting(context: &JobContext<'_>, candidates: &mut VecDeque<Candidate>) -> NextRead {
    let JobContext { throttle, concurrency, .. } = context;
    let most_bytes = concurrency.read_bytes().min(throttle.bytes());
    let (mut count, mut names, mut values) = (0, 0, 0);
    for candidate in candidates.iter().take(throttle.at_once(concurrency.read_keys())) {
        let (name, value) = (candidate.name_bytes(), expected(context, candidate));
        if count > 0 && names + name + values + value > most_bytes {
            break;
        }
        (count, names, values) = (count + 1, names + name, values + value);
    }
    let bytes = NAME_COPIES * names + values;
    NextRead { candidates: candidates.drain(..count).collect(), bytes, expected: values }
}

fn expected(context: &JobContext<'_>, candidate: &Candidate) -> usize {
    candidate.known_bytes().unwrap_or_else(|| context.size_estimate.expected())
}

/// Reads keys, and settles those that have no value. `permit` covers the expected bytes, and is resized to the actual
/// ones.
pub async fn read(context: &JobContext<'_>, next: NextRead, mut permit: Permit) -> Loaded {
    let NextRead { mut candidates, expected, .. } = next;
    let count = candidates.len();
    // Only values of files have origins of their own.
    let of_files = if context.job.source.backup().is_some() { &candidates[..] } else { &[] };
    let origins: Vec<Origin> = of_files.iter().map(|candidate| origin(context, candidate)).collect();
    let results = results(context, &mut candidates).await;
    let mut origins = origins.into_iter();
    let mut origin = || origins.next().unwrap_or(context.origin);
    let read = candidates.into_iter().zip(results).map(|(candidate, result)| (candidate.ticket, origin(), result));
    let entries = settle_unread(context, read).await;
    let (payloads, largest) = entries
        .iter()
        .map(|ready| ready.payload.len())
        .fold((0, 0), |(sum, most), bytes| (sum + bytes, bytes.max(most)));
    context.size_estimate.learn(count, payloads, largest);
    context.throttle.correct_bytes(expected, payloads);
    permit.resize(bytes(&entries));
    Loaded { entries, permit }
}

/// Takes the values that the source returned with the keys. Settles the keys that have none.
pub async fn held(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Ready> {
    let result = |candidate: Candidate| {
        let origin = origin(context, &candidate);
        let result = candidate.value.map_or(ReadResult::NotRead, |value| value.into_result());
        (candidate.ticket, origin, result)
    };
    settle_unread(context, candidates.into_iter().map(result)).await
}

/// Settles the keys that have no value, and returns the others.
async fn settle_unread(
    context: &JobContext<'_>,
    results: impl ExactSizeIterator<Item = (Ticket, Origin, ReadResult)>,
) -> Vec<Ready> {
    let mut entries = Vec::with_capacity(results.len());
    for (ticket, origin, result) in results {
        match result {
            ReadResult::Value { payload, .. } if !matches_type(context, &payload) => {
                context.ledger.settle(ticket, Settled::Filtered(Filter::Types));
            }
            ReadResult::Value { expires_at, .. } if !context.expiries.contain(expires_at) => {
                context.ledger.settle(ticket, Settled::Filtered(Filter::Ttl));
            }
            ReadResult::Value { expires_at, payload } => {
                entries.push(Ready { ticket, expires_at, payload, origin, how: How::Passed });
            }
            ReadResult::Vanished => context.ledger.settle(ticket, Settled::Vanished),
            ReadResult::Failed { type_name, refusal } => {
                let is_server = context.job.source.server().is_some();
                let code = if is_server { FailureCode::Refused } else { FailureCode::Unreadable };
                context.fail_read(ticket, code, type_name, refusal).await;
            }
            ReadResult::Refused(problem) => context.refuse_all(ticket, Side::Source, problem),
            ReadResult::NotRead => context.ledger.release(ticket),
        }
    }
    entries
}

/// The server that wrote a value. Different servers may have written the files of a job.
fn origin(context: &JobContext<'_>, candidate: &Candidate) -> Origin {
    candidate.value.as_ref().map_or(context.origin, |value| value.origin)
}

/// One result for each key: from the value that the source returned with it, or by a request.
async fn results(context: &JobContext<'_>, candidates: &mut [Candidate]) -> Vec<ReadResult> {
    let named = candidates.iter().filter(|candidate| candidate.value.is_none());
    let keys: Vec<DbKey<'_>> = named.map(|candidate| candidate.ticket.db_key()).collect();
    let of_source =
        if keys.is_empty() { Vec::new() } else { request(context, (Side::Source, context.source), &keys).await };
    if of_source.len() == candidates.len() {
        return of_source;
    }
    let mut of_source = of_source.into_iter();
    let mut result = |candidate: &mut Candidate| match candidate.value.take() {
        Some(value) => value.into_result(),
        None => of_source.next().unwrap_or(ReadResult::NotRead),
    };
    candidates.iter_mut().map(&mut result).collect()
}

/// Reads keys from one side. Returns one result for each, whatever happens to the connection.
pub async fn request(
    context: &JobContext<'_>,
    (side, from): (Side, &dyn Source),
    keys: &[DbKey<'_>],
) -> Vec<ReadResult> {
    let bytes = |result: &ReadResult| match result {
        ReadResult::Value { payload, .. } => payload.len(),
        _ => 0,
    };
    let counts = |answers: &Answers<ReadResult>| (keys.len(), Some(answers.each.iter().map(bytes).sum()));
    let Answers { mut each, error } = context.batch((side, "read"), from.read(keys), counts).await;
    if let Some(error) = error {
        context.stop.stop(error.into());
    }
    each.resize_with(keys.len(), || ReadResult::NotRead);
    each
}

/// Whether what was read is of a type that the job moves: the key may have changed since its type was requested. A type
/// that the payload does not name was decided before.
fn matches_type(context: &JobContext<'_>, payload: &[u8]) -> bool {
    let selection = &context.job.selection;
    selection.types.is_empty() || {
        let type_name = payload::type_name(payload);
        type_name == "unknown" || selection.matches_type(&type_name)
    }
}
