//! What both sides have of a key.

use crate::budget::Permit;
use crate::engine::account::Settled;
use crate::engine::context::JobContext;
use crate::engine::stages::read::{self, Loaded, NextRead, Ready};
use crate::engine::verifying::Verifying;
use crate::entry::DbKey;
use crate::error::{FailureCode, Side};
use crate::source::ReadResult;

/// Keys that were read at both sides, and their part of the bytes in flight.
pub struct Both {
    /// Of each key, what the source has, and what the destination has: a value, or nothing.
    pub keys: Vec<(Ready, ReadResult)>,
    pub permit: Permit,
}

/// Reads keys at the source, and those that it has at the destination. Settles the others.
pub async fn read(context: &JobContext<'_>, verifying: &Verifying<'_>, next: NextRead) -> Both {
    let permit = context.in_flight[0].reserve(next.bytes).await;
    let Loaded { entries, mut permit } = read::read(context, next, permit).await;
    if entries.is_empty() {
        return Both { keys: Vec::new(), permit };
    }
    // Usually both values have the same size. It is not waited for, because the first value is held already.
    permit.absorb(context.in_flight[0].take(entries.iter().map(|ready| ready.payload.len()).sum()));
    let targets: Vec<DbKey<'_>> = entries.iter().map(|ready| context.target(&ready.ticket)).collect();
    let results = read::request(context, (Side::Destination, verifying.theirs), &targets).await;
    let mut keys = Vec::with_capacity(entries.len());
    for (ready, result) in entries.into_iter().zip(results) {
        match result {
            ReadResult::Value { .. } | ReadResult::Vanished => keys.push((ready, result)),
            ReadResult::Failed { type_name, refusal } => {
                let code = FailureCode::Refused;
                let failed = Settled::Failed { side: Side::Destination, code, type_name, refusal };
                context.fail_unsent(ready.ticket, failed).await;
            }
            ReadResult::Refused(problem) => context.refuse_all(ready.ticket, Side::Destination, problem),
            ReadResult::NotRead => context.ledger.release(ready.ticket),
        }
    }
    Both { keys, permit }
}
