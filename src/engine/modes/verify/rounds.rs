//! Looks again at keys that differ: clients may have written them between the two reads.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use super::compared::{again, compare_again};
use super::different::Different;
use super::repair::conclude;
use crate::engine::account::Candidate;
use crate::engine::context::JobContext;
use crate::engine::modes::queue::Queue;
use crate::engine::verifying::Verifying;
use crate::outcome::Verdict;

/// Keys that wait to be looked at again before more are compared.
pub const AT_ONCE: usize = 10_000;
/// Batches of keys that are looked at again at the same time.
const BATCHES: usize = 32;
/// The pauses before each further look.
pub const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1500)];

/// Looks again at the keys in the queue, and settles them.
pub async fn look_again(context: &JobContext<'_>, verifying: &Verifying<'_>, doubts: &Queue<Vec<Candidate>>) {
    let batches = stream::unfold((), async |()| Some((doubts.take().await?, ())));
    let look = async |candidates| {
        let different = rounds(context, verifying, candidates).await;
        conclude(context, verifying, different).await;
    };
    batches.for_each_concurrent(BATCHES, look).await;
}

/// Compares keys in each round. Settles those that are equal, and returns those that differ in the last one.
async fn rounds(context: &JobContext<'_>, verifying: &Verifying<'_>, mut open: Vec<Candidate>) -> Vec<Different> {
    for pause in &PAUSES[..PAUSES.len() - 1] {
        context.stop.until_stopped(sleep(*pause)).await;
        let different = compare_again(context, verifying, open, Verdict::Healed).await;
        open = different.into_iter().map(again).collect();
        if open.is_empty() {
            return Vec::new();
        }
    }
    context.stop.until_stopped(sleep(PAUSES[PAUSES.len() - 1])).await;
    compare_again(context, verifying, open, Verdict::Healed).await
}
