//! Measures values before they are read, so that no more bytes are requested than fit.

use crate::engine::account::Candidate;
use crate::engine::context::JobContext;
use crate::entry::DbKey;
use crate::error::Side;

/// No value is as large as this, so sums of sizes do not overflow, whatever a server reports.
const IMPOSSIBLE: usize = 1 << 40;

/// Measures the values that are not measured yet, if [`SizeEstimate`](crate::engine::size_estimate::SizeEstimate)
/// advises to. They come first.
pub async fn measure(context: &JobContext<'_>, candidates: &mut [Candidate]) {
    let at_once = context.throttle.at_once(context.concurrency.read_keys());
    for some in candidates.chunks_mut(at_once) {
        if !some[0].is_measured() && context.size_estimate.should_measure() && !context.stop.is_stopping() {
            measure_at_once(context, some).await;
        }
    }
}

async fn measure_at_once(context: &JobContext<'_>, candidates: &mut [Candidate]) {
    context.size_estimate.measuring(candidates.len());
    let keys: Vec<DbKey<'_>> = candidates.iter().map(|candidate| candidate.ticket.db_key()).collect();
    let asked = context.source.measure(&keys);
    let answers = context.batch((Side::Source, "measure"), asked, |_| (keys.len(), None)).await;
    if let Some(error) = answers.error {
        return context.stop.stop(error.into());
    }
    let bytes = |bytes: u64| usize::try_from(bytes).map_or(IMPOSSIBLE, |bytes| bytes.min(IMPOSSIBLE));
    let sizes: Vec<Option<usize>> = answers.each.into_iter().map(|size| size.map(bytes)).collect();
    context.size_estimate.measured(&sizes);
    for (candidate, size) in candidates.iter_mut().zip(sizes) {
        candidate.size = size;
    }
}
