//! Moving keys as fast as both ends let us: reads and writes are pipelined, several in flight.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until};

use super::pieces::Pieces;
use super::sizer::READ_KEYS;
use super::walk::{Walk, bytes};
use crate::entry::Entry;
use crate::event::HeldBy;
use crate::source::Found;

/// Payload bytes after which a write pipeline is full, however few its keys.
const WRITE_BYTES: usize = 2 << 20;
/// How long entries wait for their pipeline to fill: values grow stale here.
const PATIENCE: Duration = Duration::from_secs(1);

/// Moves the keys of a job.
pub async fn move_keys(walk: &Walk<'_>, pieces: Pieces<'_, '_>) {
    let (send, entries) = mpsc::channel(1);
    tokio::join!(read(walk, pieces, send), write(walk, entries));
}

async fn read(walk: &Walk<'_>, pieces: Pieces<'_, '_>, entries: Sender<Vec<Entry>>) {
    let asked = stream::unfold(pieces, async |mut pieces| {
        let found = walk.take_up(&mut pieces, READ_KEYS).await?;
        Some((walk.new_ones(found), pieces))
    });
    let asked = pin!(asked.buffered(walk.depth.asks()));
    let reads = stream::unfold((asked, VecDeque::new()), async |(mut asked, mut new)| {
        while new.is_empty() {
            new = asked.next().await?.into();
        }
        if walk.halt.is_told() {
            put_back(walk, asked, new).await;
            return None;
        }
        let (found, expected) = walk.next_read(&mut new).await;
        // Here, and not in the read: the reads are taken in order, so none may take room that an earlier one waits for.
        walk.window.reserve(expected).await;
        Some((walk.read(found, expected), (asked, new)))
    });
    reads.buffered(walk.reads()).for_each(async |read| hand_on(walk, &entries, read).await).await;
}

/// Puts back what was taken up, but not begun.
async fn put_back(walk: &Walk<'_>, mut asked: impl Stream<Item = Vec<Found>> + Unpin, new: VecDeque<Found>) {
    walk.ledger.put_back(new.iter().map(Found::key));
    while let Some(found) = asked.next().await {
        walk.ledger.put_back(found.iter().map(Found::key));
    }
}

/// Hands entries on to be written. Where that takes its time, it is the destination that does.
async fn hand_on(walk: &Walk<'_>, entries: &Sender<Vec<Entry>>, read: Vec<Entry>) {
    let waits = entries.capacity() == 0;
    if waits {
        walk.held_by.set(HeldBy::Destination);
    }
    if entries.send(read).await.is_ok() && waits {
        walk.held_by.set(HeldBy::Source);
    }
}

async fn write(walk: &Walk<'_>, entries: Receiver<Vec<Entry>>) {
    let pipelines =
        Pipelines { walk, entries, pending: Vec::new(), pending_bytes: 0, since: Instant::now(), closed: false };
    stream::unfold(pipelines, async |mut pipelines| {
        let pipeline = pipelines.next().await?;
        Some((walk.write(pipeline), pipelines))
    })
    .buffer_unordered(walk.depth.writes(walk.write_size()))
    .for_each(async |_| {})
    .await;
}

/// Entries, put together to pipelines of the size that the job wants.
struct Pipelines<'w, 'a> {
    walk: &'w Walk<'a>,
    entries: Receiver<Vec<Entry>>,
    pending: Vec<Entry>,
    pending_bytes: usize,
    /// When the first of the pending entries came.
    since: Instant,
    closed: bool,
}

impl Pipelines<'_, '_> {
    /// The next pipeline: full, unless there is no more to come, not soon, or others wait for the room that it holds.
    async fn next(&mut self) -> Option<Vec<Entry>> {
        let full = self.walk.write_size();
        while self.pending.len() < full && self.pending_bytes < WRITE_BYTES && !self.closed {
            tokio::select! {
                biased;
                more = self.entries.recv() => match more {
                    Some(more) => self.put(more),
                    None => self.closed = true,
                },
                () = self.walk.window.contended(), if !self.pending.is_empty() => break,
                () = sleep_until(self.since + PATIENCE), if !self.pending.is_empty() => break,
            }
        }
        if self.pending.is_empty() {
            return None;
        }
        let rest = self.pending.split_off(full.min(self.pending.len()));
        let pipeline = std::mem::replace(&mut self.pending, rest);
        self.pending_bytes -= bytes(&pipeline);
        self.since = Instant::now();
        Some(pipeline)
    }

    fn put(&mut self, more: Vec<Entry>) {
        if self.pending.is_empty() {
            self.since = Instant::now();
        }
        self.pending_bytes += bytes(&more);
        self.pending.extend(more);
    }
}
