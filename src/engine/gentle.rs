//! Moving keys the script's way: the destination is asked first, pipelines are filled with new keys
//! only and go one at a time, with a pause between them.

use std::collections::VecDeque;

use super::pace::Pace;
use super::pieces::Pieces;
use super::walk::{Walk, bytes};
use crate::source::Found;
use crate::source::backup::AHEAD;

/// Payload bytes after which a pipeline is executed, however few its keys.
const PIPELINE_BYTES: usize = 8 << 20;
// What is gathered must not keep the file from being read on.
const _: () = assert!(PIPELINE_BYTES <= AHEAD);

/// Moves the keys of a job.
pub async fn move_keys(walk: &Walk<'_>, mut pieces: Pieces<'_, '_>) {
    let pace = Pace::new(walk);
    let full = walk.job.pipeline_batch_size;
    let (mut filling, mut held) = (Vec::new(), 0);
    while let Some(found) = walk.take_up(&mut pieces, full - filling.len()).await {
        let (new, existing) = walk.leave_existing(found).await;
        held += new.iter().map(Found::bytes).sum::<usize>();
        filling.extend(new);
        pace.after_existing(existing).await;
        // Keys of a file come with their values: these are not gathered without bounds.
        if filling.len() == full || held >= PIPELINE_BYTES {
            held = 0;
            execute(walk, &pace, std::mem::take(&mut filling)).await;
        }
    }
    execute(walk, &pace, filling).await;
}

/// Reads and writes one pipeline's keys; in several pipelines where they are large.
async fn execute(walk: &Walk<'_>, pace: &Pace<'_, '_>, found: Vec<Found>) {
    let mut found = VecDeque::from(found);
    while !found.is_empty() {
        pace.before_pipeline().await;
        if walk.halt.is_told() {
            return walk.ledger.put_back(found.iter().map(Found::key));
        }
        let mut pipeline = Vec::new();
        while !found.is_empty() && bytes(&pipeline) < PIPELINE_BYTES {
            let (some, expected) = walk.next_read(&mut found).await;
            // One read at a time, of few where values are large, need not wait for room.
            walk.window.take(expected);
            pipeline.extend(walk.read(some, expected).await);
        }
        let existing = walk.write(pipeline).await;
        pace.after_existing(existing).await;
    }
}
