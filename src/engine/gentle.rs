//! Moving keys the script's way: the destination is asked first, pipelines are filled with new keys
//! only and go one at a time, with a pause between them.

use super::pace::Pace;
use super::scan::Pieces;
use super::walk::{Walk, bytes};
use crate::entry::Key;

/// Payload bytes after which a pipeline is executed, however few its keys.
const PIPELINE_BYTES: usize = 8 << 20;

/// Moves the keys of a job.
pub async fn move_keys(walk: &Walk<'_>, mut pieces: Pieces<'_, '_>) {
    let pace = Pace::new(walk.job.sleep, walk.job.max_processed_existing_keys, &walk.halt, &walk.ledger);
    let full = walk.job.pipeline_batch_size;
    let mut filling = Vec::new();
    while let Some(keys) = pieces.next(full - filling.len()).await {
        let selected = walk.select(keys).await;
        let (new, existing) = walk.leave_existing(selected).await;
        filling.extend(new);
        pace.after_existing(existing).await;
        if filling.len() == full {
            execute(walk, &pace, std::mem::take(&mut filling)).await;
        }
    }
    execute(walk, &pace, filling).await;
}

/// Reads and writes one pipeline's keys; in several pipelines where they are large.
async fn execute(walk: &Walk<'_>, pace: &Pace<'_, '_>, mut keys: Vec<Key>) {
    while !keys.is_empty() {
        pace.before_pipeline().await;
        if walk.halt.is_told() {
            return walk.ledger.put_back(&keys);
        }
        let mut pipeline = Vec::new();
        while !keys.is_empty() && bytes(&pipeline) < PIPELINE_BYTES {
            let rest = keys.split_off(walk.sizer.keys().min(keys.len()));
            let expected = walk.sizer.bytes(keys.len());
            walk.window.reserve(expected.min(PIPELINE_BYTES)).await;
            pipeline.extend(walk.read(keys, expected.min(PIPELINE_BYTES)).await);
            keys = rest;
        }
        let existing = walk.write(pipeline).await;
        pace.after_existing(existing).await;
    }
}
