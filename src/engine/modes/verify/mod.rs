//! Verification: whether the destination has what the source has, and nothing else.
//!
//! First the source is walked, and each key is read at both. Keys that differ are looked at again in a few rounds: clients may
//! write to the servers meanwhile. Then the destination is walked for keys that no source has.

mod both;
mod compared;
mod different;
mod extra;
mod judge;
mod paced;
mod repair;
mod report;
mod rounds;
mod settle;
mod wider;

use std::collections::VecDeque;

use futures_util::{StreamExt, stream};

use self::compared::{again, compare_once};
use self::different::Different;
use self::paced::pause;
use self::repair::conclude;
use self::rounds::look_again;
use super::queue::Queue;
use crate::engine::account::Candidate;
use crate::engine::context::JobContext;
use crate::engine::stages::batches::Batches;
use crate::engine::stages::measure::measure;
use crate::engine::stages::read::next_read;
use crate::engine::stages::select::take_up;
use crate::engine::verifying::Verifying;
use crate::outcome::Verdict;

/// Compares the keys of a job, and then looks for extra ones.
pub async fn compare_keys(context: &JobContext<'_>, verifying: &Verifying<'_>, batches: Batches<'_, '_>) {
    let doubts = Queue::new(rounds::AT_ONCE);
    tokio::join!(compare_all(context, verifying, batches, &doubts), look_again(context, verifying, &doubts));
    if !context.stop.is_stopping() {
        extra::find(context, verifying).await;
    }
}

async fn compare_all(
    context: &JobContext<'_>,
    verifying: &Verifying<'_>,
    batches: Batches<'_, '_>,
    doubts: &Queue<Vec<Candidate>>,
) {
    let reads = stream::unfold((batches, VecDeque::new()), async |(mut batches, mut candidates)| {
        while candidates.is_empty() {
            doubts.room().await;
            candidates = measured(context, &mut batches).await?.into();
        }
        pause(context).await;
        let next = next_read(context, &mut candidates).await;
        if context.stop.is_stopping() {
            context.release(next.candidates);
            context.release(candidates);
            return None;
        }
        Some((compare_once(context, verifying, next, Verdict::Equal), (batches, candidates)))
    });
    // A file has the same value whenever it is looked at.
    let pass_on = async |different: Vec<Different>| {
        if verifying.is_file() {
            conclude(context, verifying, different).await;
        } else if !different.is_empty() {
            let keys = different.len();
            doubts.put(different.into_iter().map(again).collect(), keys);
        }
    };
    let at_once = if context.job.sleep.is_zero() { context.reads() } else { 1 };
    reads.buffer_unordered(at_once).for_each(pass_on).await;
    doubts.close();
}

/// The next keys, measured if that is needed.
async fn measured(context: &JobContext<'_>, batches: &mut Batches<'_, '_>) -> Option<Vec<Candidate>> {
    let most = if context.job.sleep.is_zero() { usize::MAX } else { context.job.pipeline_batch_size };
    let mut candidates = take_up(context, batches, context.concurrency.read_keys().min(most)).await?;
    measure(context, &mut candidates).await;
    Some(candidates)
}
