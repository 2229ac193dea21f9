//! Skips keys that the destination has.

use crate::engine::account::{Candidate, Settled};
use crate::engine::context::JobContext;
use crate::entry::DbKey;
use crate::error::{EndpointError, Side};
use crate::job::OnExisting;

/// Skips existing keys, if [`ExistenceCheck`](crate::engine::existence_check::ExistenceCheck) advises to check.
pub async fn new_ones(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    if !context.existence_check.should_ask() {
        return candidates;
    }
    let asked = candidates.len();
    let (new, existing) = leave_existing(context, candidates).await;
    context.existence_check.answered(asked, existing);
    new
}

/// Checks which keys exist at the destination, settles those, and returns the others and the number of existing keys.
/// With `on_existing = "replace"`, nothing is checked.
pub async fn leave_existing(context: &JobContext<'_>, mut candidates: Vec<Candidate>) -> (Vec<Candidate>, usize) {
    if context.job.on_existing == OnExisting::Replace || candidates.is_empty() {
        return (candidates, 0);
    }
    let exist = match exist(context, &candidates).await {
        Ok(exist) => exist,
        Err(error) => {
            context.stop_and_release(error, candidates);
            return (Vec::new(), 0);
        }
    };
    let (mut exist, mut existing) = (exist.into_iter(), 0);
    for existing_key in candidates.extract_if(.., |_| exist.next().unwrap_or(false)) {
        context.ledger.settle(existing_key.ticket, Settled::Existing);
        existing += 1;
    }
    (candidates, existing)
}

/// Which of the keys exist at the destination.
pub async fn exist(context: &JobContext<'_>, candidates: &[Candidate]) -> Result<Vec<bool>, EndpointError> {
    let keys: Vec<DbKey<'_>> = candidates.iter().map(|candidate| context.target(&candidate.ticket)).collect();
    let asked = context.destination.exist(&keys);
    context.batch((Side::Destination, "exists"), asked, |_| (keys.len(), None)).await
}
