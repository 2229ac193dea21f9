//! Moving keys as fast as both ends let us: reads and writes are pipelined, several in flight.

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::scan::Pieces;
use super::walk::{Walk, bytes};
use crate::entry::Entry;

/// Read pipelines in flight.
const READS: usize = 4;
/// Write pipelines in flight.
const WRITES: usize = 4;
/// Payload bytes after which a write pipeline is full, however few its keys.
const WRITE_BYTES: usize = 2 << 20;

/// Moves the keys of a job.
pub async fn move_keys(walk: &Walk<'_>, pieces: Pieces<'_, '_>) {
    let (send, entries) = mpsc::channel(1);
    tokio::join!(read(walk, pieces, send), write(walk, entries));
}

async fn read(walk: &Walk<'_>, pieces: Pieces<'_, '_>, entries: Sender<Vec<Entry>>) {
    let reads = stream::unfold(pieces, async |mut pieces| {
        let keys = walk.select(pieces.next(walk.sizer.keys()).await?).await;
        let expected = walk.sizer.bytes(keys.len());
        // Here, and not in the read: the reads are taken in order, so none may take room that an earlier one waits for.
        walk.window.reserve(expected).await;
        Some((walk.read(keys, expected), pieces))
    });
    let entries = &entries;
    reads.buffered(READS).for_each(async |read| drop(entries.send(read).await)).await;
}

async fn write(walk: &Walk<'_>, entries: Receiver<Vec<Entry>>) {
    let pipelines = Pipelines { walk, entries, pending: Vec::new(), pending_bytes: 0, closed: false };
    stream::unfold(pipelines, async |mut pipelines| {
        let pipeline = pipelines.next().await?;
        Some((walk.write(pipeline), pipelines))
    })
    .buffer_unordered(WRITES)
    .for_each(async |_| {})
    .await;
}

/// Entries, put together to pipelines of the size that the job wants.
struct Pipelines<'w, 'a> {
    walk: &'w Walk<'a>,
    entries: Receiver<Vec<Entry>>,
    pending: Vec<Entry>,
    pending_bytes: usize,
    closed: bool,
}

impl Pipelines<'_, '_> {
    /// The next pipeline: full, unless there is no more to come or others wait for the room that it holds.
    async fn next(&mut self) -> Option<Vec<Entry>> {
        let full = self.walk.job.pipeline_batch_size;
        while self.pending.len() < full && self.pending_bytes < WRITE_BYTES && !self.closed {
            tokio::select! {
                biased;
                more = self.entries.recv() => match more {
                    Some(more) => self.put(more),
                    None => self.closed = true,
                },
                () = self.walk.window.contended(), if !self.pending.is_empty() => break,
            }
        }
        if self.pending.is_empty() {
            return None;
        }
        let rest = self.pending.split_off(full.min(self.pending.len()));
        let pipeline = std::mem::replace(&mut self.pending, rest);
        self.pending_bytes -= bytes(&pipeline);
        Some(pipeline)
    }

    fn put(&mut self, more: Vec<Entry>) {
        self.pending_bytes += bytes(&more);
        self.pending.extend(more);
    }
}
