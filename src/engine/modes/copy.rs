//! Moves keys as fast as source and destination permit, with several read and write pipelines in flight.
//!
//! Keys for different places of the destination have pipelines and limits of their own: a node of a cluster that is slow or
//! does not answer holds up its own keys, and a lane of the source only when the lane has returned keys for it.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use super::queue::Queue;
use crate::budget::{BACKLOG_KEYS, InFlightBudget, WRITE_BYTES};
use crate::engine::account::Candidate;
use crate::engine::context::JobContext;
use crate::engine::stages::batches::Batches;
use crate::engine::stages::existence::new_ones;
use crate::engine::stages::measure::measure;
use crate::engine::stages::read::{Loaded, next_read, read};
use crate::engine::stages::select::take_up;
use crate::engine::stages::write::write;
use crate::event::HeldBy;

/// How long entries wait until their pipeline is full. A longer wait increases the risk that the source changes the
/// values.
const FILL_TIMEOUT: Duration = Duration::from_secs(1);

/// Moves the keys of a job. `batches` are those of each place of the destination.
pub async fn move_keys(context: &JobContext<'_>, batches: Vec<Batches<'_, '_>>) {
    join_all(batches.into_iter().enumerate().map(|(place, batches)| move_to(context, place, batches))).await;
}

/// Moves the keys that go to one place.
async fn move_to(context: &JobContext<'_>, place: usize, batches: Batches<'_, '_>) {
    // The replies of a distant server arrive in bursts.
    let new = Queue::new(context.concurrency.far_existence_checks().div_ceil(context.places()).max(1));
    let loaded = Queue::new((BACKLOG_KEYS + context.concurrency.far_keys()) / context.places());
    let to = To { context, place, loaded: &loaded, in_flight: &context.in_flight[place] };
    tokio::join!(check_all(context, batches, &new), read_all(&to, &new), write_all(&to));
}

/// One place of the destination, and what limits the keys that go there.
struct To<'c, 'a> {
    context: &'c JobContext<'a>,
    place: usize,
    /// Entries that wait to be written.
    loaded: &'c Queue<Loaded>,
    in_flight: &'c InFlightBudget,
}

async fn check_all(context: &JobContext<'_>, batches: Batches<'_, '_>, new: &Queue<Vec<Candidate>>) {
    let checks = stream::unfold(batches, async |mut batches| {
        new.room().await;
        let candidates = take_up(context, &mut batches, context.concurrency.read_keys()).await?;
        Some((prepare(context, candidates), batches))
    });
    let pass_on = async |candidates| new.put(candidates, 1);
    checks.buffered(context.concurrency.existence_checks().div_ceil(context.places())).for_each(pass_on).await;
    new.close();
}

async fn read_all(to: &To<'_, '_>, new: &Queue<Vec<Candidate>>) {
    let To { context, loaded, in_flight, .. } = to;
    let reads = stream::unfold(VecDeque::new(), async |mut candidates| {
        while candidates.is_empty() {
            candidates = new.take().await?.into();
        }
        wait_for_destination(context, loaded).await;
        let next = next_read(context, &mut candidates).await;
        if context.stop.is_stopping() {
            context.release(next.candidates);
            release(context, candidates, new).await;
            return None;
        }
        // Not reserved in `read`: reads finish in order, so a later read must not take bytes that an earlier one waits
        // for.
        let permit = in_flight.reserve(next.bytes).await;
        Some((read(context, next, permit), candidates))
    });
    let pass_on = async |read: Loaded| {
        let keys = read.entries.len();
        loaded.put(read, keys);
    };
    reads.buffered(context.reads()).for_each(pass_on).await;
    loaded.close();
}

/// Waits until more keys may be read. If that takes time, the destination slows the job down.
async fn wait_for_destination(context: &JobContext<'_>, loaded: &Queue<Loaded>) {
    if !loaded.has_room() {
        context.held_by.set(HeldBy::Destination);
        loaded.room().await;
        context.held_by.set(HeldBy::Source);
    }
}

/// Skips existing keys, and measures the values of the others if needed.
async fn prepare(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut new = new_ones(context, candidates).await;
    measure(context, &mut new).await;
    new
}

/// Gives keys back that were taken up, but not started.
async fn release(context: &JobContext<'_>, candidates: VecDeque<Candidate>, new: &Queue<Vec<Candidate>>) {
    context.release(candidates);
    while let Some(candidates) = new.take().await {
        context.release(candidates);
    }
}

async fn write_all(to: &To<'_, '_>) {
    let To { context, place, in_flight, .. } = to;
    let (pending, since) = (Loaded::none(in_flight), Instant::now());
    let pipelines = Pipelines { to, pending, pending_bytes: 0, since, is_closed: false };
    stream::unfold(pipelines, async |mut pipelines| {
        let pipeline = pipelines.next().await?;
        Some((write(context, *place, pipeline), pipelines))
    })
    .buffer_unordered(context.concurrency.writes(context.write_size()))
    .for_each(async |_| {})
    .await;
}

/// Collects entries into write pipelines.
struct Pipelines<'c, 'a> {
    to: &'c To<'c, 'a>,
    pending: Loaded,
    pending_bytes: usize,
    /// When the first of the pending entries arrived.
    since: Instant,
    is_closed: bool,
}

impl Pipelines<'_, '_> {
    /// The next pipeline. It is full, unless no more entries arrive in time, or another stage waits for its bytes.
    async fn next(&mut self) -> Option<Loaded> {
        let To { context, loaded, in_flight, .. } = self.to;
        let full = context.write_size();
        while self.pending.entries.len() < full && self.pending_bytes < WRITE_BYTES && !self.is_closed {
            let has_entries = !self.pending.entries.is_empty();
            tokio::select! {
                biased;
                more = loaded.take() => match more {
                    Some(more) => self.put(more),
                    None => self.is_closed = true,
                },
                () = in_flight.contended(), if has_entries => break,
                () = sleep_until(self.since + FILL_TIMEOUT), if has_entries => break,
            }
        }
        if self.pending.entries.is_empty() {
            return None;
        }
        let pipeline = self.pending.split_off_first(full);
        self.pending_bytes -= pipeline.bytes();
        self.since = Instant::now();
        Some(pipeline)
    }

    fn put(&mut self, more: Loaded) {
        if self.pending.entries.is_empty() {
            self.since = Instant::now();
        }
        self.pending_bytes += more.bytes();
        self.pending.absorb(more);
    }
}
