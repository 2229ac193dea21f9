//! Moves keys as fast as source and destination permit, with several read and write pipelines in flight.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use crate::budget::{BACKLOG_KEYS, WRITE_BYTES};
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

/// Moves the keys of a job.
pub async fn move_keys(context: &JobContext<'_>, batches: Batches<'_, '_>) {
    let (send, loaded) = mpsc::unbounded_channel();
    let backlog = Backlog::default();
    tokio::join!(read_all(context, batches, &backlog, send), write_all(context, &backlog, loaded));
}

async fn read_all(
    context: &JobContext<'_>,
    batches: Batches<'_, '_>,
    backlog: &Backlog,
    loaded: UnboundedSender<Loaded>,
) {
    let checked = stream::unfold(batches, async |mut batches| {
        let candidates = take_up(context, &mut batches, context.concurrency.read_keys()).await?;
        Some((prepare(context, candidates), batches))
    });
    let checked = pin!(checked.buffered(context.concurrency.existence_checks()));
    let reads = stream::unfold((checked, VecDeque::new()), async |(mut checked, mut new)| {
        while new.is_empty() {
            new = checked.next().await?.into();
        }
        backlog.has_room(context).await;
        let next = next_read(context, &mut new).await;
        if context.stop.is_stopping() {
            context.release(next.candidates);
            release(context, checked, new).await;
            return None;
        }
        // Not reserved in `read`: reads finish in order, so a later read must not take bytes that an earlier one waits
        // for.
        let permit = context.in_flight.reserve(next.bytes).await;
        Some((read(context, next, permit), (checked, new)))
    });
    // Nothing here waits for the writes: a read that has its replies must release the keys that it puts at risk.
    let pass_on = async |read: Loaded| {
        backlog.add(read.entries.len());
        // The receiver is dropped after the sender.
        let _ = loaded.send(read);
    };
    reads.buffered(context.reads()).for_each(pass_on).await;
}

/// Skips existing keys, and measures the values of the others if needed.
async fn prepare(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut new = new_ones(context, candidates).await;
    measure(context, &mut new).await;
    new
}

/// Gives keys back that were taken up, but not started.
async fn release(
    context: &JobContext<'_>,
    mut checked: impl Stream<Item = Vec<Candidate>> + Unpin,
    new: VecDeque<Candidate>,
) {
    context.release(new);
    while let Some(candidates) = checked.next().await {
        context.release(candidates);
    }
}

/// The entries that wait to be written.
#[derive(Default)]
struct Backlog {
    entries: Cell<usize>,
    taken: Notify,
}

impl Backlog {
    /// Waits until more keys may be read. If that takes time, the destination slows the job down.
    async fn has_room(&self, context: &JobContext<'_>) {
        // The values of a distant source arrive in bursts.
        let full = BACKLOG_KEYS + context.concurrency.far_keys();
        if self.entries.get() < full {
            return;
        }
        context.held_by.set(HeldBy::Destination);
        while self.entries.get() >= full {
            self.taken.notified().await;
        }
        context.held_by.set(HeldBy::Source);
    }

    fn add(&self, entries: usize) {
        self.entries.set(self.entries.get() + entries);
    }

    fn take(&self, entries: usize) {
        self.entries.set(self.entries.get() - entries);
        self.taken.notify_one();
    }
}

async fn write_all(context: &JobContext<'_>, backlog: &Backlog, loaded: UnboundedReceiver<Loaded>) {
    let (pending, since) = (Loaded::none(context), Instant::now());
    let pipelines = Pipelines { context, backlog, loaded, pending, pending_bytes: 0, since, is_closed: false };
    stream::unfold(pipelines, async |mut pipelines| {
        let pipeline = pipelines.next().await?;
        Some((write(context, pipeline), pipelines))
    })
    .buffer_unordered(context.concurrency.writes(context.write_size()))
    .for_each(async |_| {})
    .await;
}

/// Collects entries into write pipelines.
struct Pipelines<'c, 'a> {
    context: &'c JobContext<'a>,
    backlog: &'c Backlog,
    loaded: UnboundedReceiver<Loaded>,
    pending: Loaded,
    pending_bytes: usize,
    /// When the first of the pending entries arrived.
    since: Instant,
    is_closed: bool,
}

impl Pipelines<'_, '_> {
    /// The next pipeline. It is full, unless no more entries arrive in time, or another stage waits for its bytes.
    async fn next(&mut self) -> Option<Loaded> {
        let full = self.context.write_size();
        while self.pending.entries.len() < full && self.pending_bytes < WRITE_BYTES && !self.is_closed {
            let has_entries = !self.pending.entries.is_empty();
            tokio::select! {
                biased;
                more = self.loaded.recv() => match more {
                    Some(more) => {
                        self.backlog.take(more.entries.len());
                        self.put(more);
                    }
                    None => self.is_closed = true,
                },
                () = self.context.in_flight.contended(), if has_entries => break,
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
