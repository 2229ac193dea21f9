//! Leaves alone the keys that the destination has.

use crate::engine::account::{Candidate, Settled};
use crate::engine::context::JobContext;
use crate::entry::DbKey;
use crate::error::EndpointError;
use crate::job::OnExisting;

/// The keys that are new, as far as it pays to ask which are.
pub async fn new_ones(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    if !context.existence_check.should_ask() {
        return candidates;
    }
    let asked = candidates.len();
    let (new, existing) = leave_existing(context, candidates).await;
    context.existence_check.answered(asked, existing);
    new
}

/// Asks the destination which of the keys it has, settles those if they are left alone, and returns the others and how
/// many existed.
pub async fn leave_existing(context: &JobContext<'_>, mut candidates: Vec<Candidate>) -> (Vec<Candidate>, usize) {
    if context.job.on_existing == OnExisting::Replace || candidates.is_empty() {
        return (candidates, 0);
    }
    let exist = match exist(context, &candidates).await {
        Ok(exist) => exist,
        Err(error) => {
            context.lose(error, candidates);
            return (Vec::new(), 0);
        }
    };
    let (mut exist, mut existing) = (exist.into_iter(), 0);
    for there in candidates.extract_if(.., |_| exist.next().unwrap_or(false)) {
        context.ledger.settle(there.ticket, Settled::Existing);
        existing += 1;
    }
    (candidates, existing)
}

/// Which of the keys the destination has.
pub async fn exist(context: &JobContext<'_>, candidates: &[Candidate]) -> Result<Vec<bool>, EndpointError> {
    let keys: Vec<DbKey<'_>> = candidates.iter().map(|candidate| context.target(&candidate.ticket)).collect();
    context.destination.exist(&keys).await
}
