//! Writes entries in one pipeline, and settles each by its answer.

use super::fit::fit_payload;
use super::read::{Loaded, Ready};
use crate::destination::Written;
use crate::engine::account::Settled;
use crate::engine::context::JobContext;
use crate::entry::Entry;
use crate::error::{Answers, FailureCode, KeyRefusal, Side};
use crate::payload::{self, Unfit};

/// Writes entries of one place, and settles them. Returns how many keys existed. The entries are one pipeline, or several if
/// fewer keys may be at risk. At the error limit, the keys that have not been sent are given back.
pub async fn write(context: &JobContext<'_>, place: usize, mut loaded: Loaded) -> u64 {
    let mut existing = 0;
    while !loaded.entries.is_empty() {
        let at_risk = context.ledger.margin.take(place, loaded.entries.len()).await;
        if context.stop.has_reached_limit() {
            loaded.entries.into_iter().for_each(|ready| context.ledger.release(ready.ticket));
            break;
        }
        existing += write_pipeline(context, loaded.split_off_first(at_risk.keys())).await;
    }
    context.existence_check.wrote(existing);
    existing
}

/// Writes entries in one pipeline. Their bytes count as in flight until all answers have arrived.
async fn write_pipeline(context: &JobContext<'_>, Loaded { entries, permit }: Loaded) -> u64 {
    let sendable = sendable(context, entries);
    let written = send(context, &sendable).await;
    let mut existing = 0;
    for (ready, written) in sendable.into_iter().zip(written) {
        existing += u64::from(written == Written::Existing);
        settle(context, ready, written);
    }
    drop(permit);
    existing
}

/// Converts payloads for the destination. Settles entries that cannot be sent, and returns the others.
fn sendable(context: &JobContext<'_>, entries: Vec<Ready>) -> Vec<Ready> {
    let prepared = |mut ready: Ready| match prepare(context, &mut ready) {
        None => Some(ready),
        Some(settled) => {
            context.ledger.settle(ready.ticket, settled);
            None
        }
    };
    entries.into_iter().filter_map(prepared).collect()
}

/// Converts the payload of an entry. If the entry cannot be sent, returns how to settle it.
pub fn prepare(context: &JobContext<'_>, ready: &mut Ready) -> Option<Settled<'static>> {
    if context.is_expired(ready.expires_at) {
        // No client could read it at the destination.
        return Some(Settled::Vanished);
    }
    match fit_payload(context, ready) {
        Ok(()) => {}
        // No client could read any of it, like an expired key.
        Err(Unfit::AllFieldsExpired) => return Some(Settled::Vanished),
        Err(unfit) => {
            let is_damaged = matches!(unfit, Unfit::Damaged(_) | Unfit::UnknownType(_));
            let code = if is_damaged { FailureCode::Damaged } else { FailureCode::Unsupported };
            return Some(failed(ready, code, unfit.to_string()));
        }
    }
    context.destination.reject_reason(ready.payload.len()).map(|reason| failed(ready, FailureCode::TooLong, reason))
}

/// Sends entries, unless the destination has failed.
async fn send(context: &JobContext<'_>, entries: &[Ready]) -> Vec<Written> {
    if entries.is_empty() || context.stop.has_failed(Side::Destination) {
        return vec![Written::NotSent; entries.len()];
    }
    let entries: Vec<Entry<'_>> = entries.iter().map(|ready| entry(context, ready)).collect();
    let bytes = entries.iter().map(|entry| entry.payload.len()).sum();
    let write = context.destination.write(&entries, context.job.on_existing);
    let written = context.batch((Side::Destination, "write"), write, |_| (entries.len(), Some(bytes))).await;
    let Answers { each, error } = written;
    if let Some(error) = error {
        context.stop.stop(error.into());
    }
    each
}

/// What is written for a key.
pub fn entry<'r>(context: &JobContext<'_>, ready: &'r Ready) -> Entry<'r> {
    Entry { id: context.target(&ready.ticket), expires_at: ready.expires_at, payload: &ready.payload }
}

fn settle(context: &JobContext<'_>, ready: Ready, written: Written) {
    let settled = match written {
        Written::Copied | Written::Replaced => Settled::Written {
            replaced: written == Written::Replaced,
            type_name: payload::type_name(&ready.payload),
            expires: ready.expires_at.is_some(),
            bytes: ready.payload.len(),
            how: Some(ready.how),
        },
        Written::Existing => Settled::Existing,
        Written::Failed(refusal) => failed(&ready, FailureCode::Refused, refusal),
        Written::Unanswered | Written::Uncertain => Settled::Unanswered,
        Written::Refused(problem) => return context.refuse_all(ready.ticket, Side::Destination, problem),
        Written::NotSent => return context.ledger.release(ready.ticket),
    };
    context.ledger.settle(ready.ticket, settled);
}

fn failed(ready: &Ready, code: FailureCode, refusal: impl Into<KeyRefusal>) -> Settled<'static> {
    let type_name = Some(payload::type_name(&ready.payload).into_owned());
    Settled::Failed { side: Side::Destination, code, type_name, refusal: refusal.into() }
}
