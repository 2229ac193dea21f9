//! Takes up the keys that match and have not expired.

use super::batches::Batches;
use crate::engine::account::{Candidate, Settled};
use crate::engine::context::JobContext;
use crate::entry::{DbKey, Key};
use crate::error::{FailureCode, Side};
use crate::outcome::Filter;
use crate::source::{HeldValue, KeyInfo, SourceKey};

/// Takes up the next keys that match, at most `at_most`, as fast as the job's limits permit.
pub async fn take_up(
    context: &JobContext<'_>,
    batches: &mut Batches<'_, '_>,
    at_most: usize,
) -> Option<Vec<Candidate>> {
    let candidates = batches.next(at_most.min(context.throttle.keys())).await?;
    // A job that is stopping does not wait for a limit: keys that were taken up are processed.
    context.stop.until_stopped(context.throttle.pass_keys(candidates.len())).await;
    Some(select(context, candidates).await)
}

/// Whether a key matches, as far as that is known without a request.
pub fn may_match(context: &JobContext<'_>, key: &SourceKey) -> bool {
    let passes = |value: &HeldValue| context.filter(&value.type_name, value.expires_at).is_none();
    matches_name(context, &key.key) && key.value.as_ref().is_none_or(|value| passes(value))
}

async fn select(context: &JobContext<'_>, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    for filtered in candidates.extract_if(.., |candidate| !matches_name(context, candidate.ticket.key())) {
        let filter = name_filter(context, filtered.ticket.key());
        context.ledger.settle(filtered.ticket, Settled::Filtered(filter));
    }
    if context.asks_each() {
        candidates = by_attributes(context, candidates).await;
    }
    for expired in candidates.extract_if(.., |candidate| is_expired(context, candidate)) {
        context.ledger.settle(expired.ticket, Settled::Vanished);
    }
    if context.job.rename.is_some() { accepted(context, candidates).await } else { candidates }
}

/// Leaves out the keys whose new names are too long for the destination.
async fn accepted(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut taken = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let name_bytes = context.target(&candidate.ticket).key.as_bytes().len();
        match context.destination.reject_name(name_bytes) {
            None => taken.push(candidate),
            Some(message) => {
                let (side, code) = (Side::Destination, FailureCode::TooLong);
                let failed = Settled::Failed { side, code, type_name: None, refusal: message.into() };
                context.fail_unsent(candidate.ticket, failed).await;
            }
        }
    }
    taken
}

fn matches_name(context: &JobContext<'_>, key: &Key) -> bool {
    let selection = &context.job.selection;
    if context.applied.matches { !selection.excludes(key.as_bytes()) } else { selection.matches_name(key.as_bytes()) }
}

/// Why a key does not match by its name.
fn name_filter(context: &JobContext<'_>, key: &Key) -> Filter {
    let selects = context.applied.matches || context.job.selection.selects(key.as_bytes());
    if selects { Filter::Exclude } else { Filter::Match }
}

/// Selects keys by type and expiry. Both are known for keys with a value, and requested for the others.
async fn by_attributes(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let (held, named): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|candidate| candidate.value.is_some());
    let mut taken = if named.is_empty() { Vec::new() } else { ask(context, named).await };
    for candidate in held {
        let filter = candidate.value.as_ref().and_then(|value| context.filter(&value.type_name, value.expires_at));
        match filter {
            None => taken.push(candidate),
            Some(filter) => context.ledger.settle(candidate.ticket, Settled::Filtered(filter)),
        }
    }
    taken
}

/// Selects keys by type and, if that matters, by expiry, before the destination is asked whether it has them: a key that
/// does not match is not `existing`. Both are compared again when the key is read.
async fn ask(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut taken = Vec::with_capacity(candidates.len());
    let keys: Vec<DbKey<'_>> = candidates.iter().map(|candidate| candidate.ticket.db_key()).collect();
    let (action, asked) = if context.expiries.is_unbounded() {
        ("types", context.source.types(&keys))
    } else {
        ("inspect", context.source.inspect(&keys))
    };
    let answers = context.batch((Side::Source, action), asked, |_| (keys.len(), None)).await;
    if let Some(error) = answers.error {
        context.stop.stop(error.into());
    }
    let mut infos = answers.each.into_iter();
    for candidate in candidates {
        match infos.next() {
            Some(KeyInfo::There { type_name, expires_at }) => match context.filter(&type_name, expires_at) {
                None => taken.push(candidate),
                Some(filter) => context.ledger.settle(candidate.ticket, Settled::Filtered(filter)),
            },
            Some(KeyInfo::Vanished) => context.ledger.settle(candidate.ticket, Settled::Vanished),
            Some(KeyInfo::Refused(refusal)) => context.refuse_read(candidate.ticket, refusal).await,
            Some(KeyInfo::NotRead) | None => context.ledger.release(candidate.ticket),
        }
    }
    taken
}

fn is_expired(context: &JobContext<'_>, candidate: &Candidate) -> bool {
    context.is_expired(candidate.value.as_ref().and_then(|value| value.expires_at))
}
