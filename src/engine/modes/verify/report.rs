//! Reports a key that differs.

use super::different::Different;
use super::settle::settle;
use crate::engine::context::JobContext;
use crate::engine::verifying::Verifying;
use crate::entry::{DbKey, Key};
use crate::event::{Difference, SideFacts};
use crate::outcome::Verdict;
use crate::payload;
use crate::source::ReadResult;

/// Reports a key that differs, and settles it. `repair_error`: why it could not be repaired, if that was tried.
pub fn report(
    context: &JobContext<'_>,
    verifying: &Verifying<'_>,
    Different { kind, ours, theirs }: Different,
    repair_error: Option<String>,
) {
    let target = context.target(&ours.ticket);
    let difference = Difference {
        kind,
        source_key: owned(ours.ticket.db_key()),
        destination_key: owned(target),
        source: Some(facts(&ours.payload, ours.expires_at)),
        destination: match &theirs {
            ReadResult::Value { expires_at, payload } => Some(facts(payload, *expires_at)),
            _ => None,
        },
        node: verifying.theirs.node_of(target.key.as_bytes()),
        repair_error,
    };
    context.ledger.differs(&difference);
    settle(context, verifying, ours.ticket, Verdict::Different(kind));
}

fn owned(DbKey { db, key }: DbKey<'_>) -> (u16, Key) {
    (db, key.clone())
}

fn facts(payload: &[u8], expires_at: Option<u64>) -> SideFacts {
    let (type_name, bytes) = (payload::type_name(payload).into_owned(), Some(payload.len() as u64));
    SideFacts { type_name, expires_at, bytes, value: payload::abbreviate(payload) }
}
