//! Moves keys with pauses. Existing keys are skipped first, so every pipeline is full of new keys. One pipeline runs at
//! a time, with a pause after it.

use std::collections::VecDeque;

use super::pauses::Pauses;
use crate::budget::PACED_PIPELINE_BYTES;
use crate::engine::account::Candidate;
use crate::engine::context::JobContext;
use crate::engine::stages::batches::Batches;
use crate::engine::stages::existence::leave_existing;
use crate::engine::stages::read::{Loaded, next_read, read};
use crate::engine::stages::select::take_up;
use crate::engine::stages::write::write;

/// Moves the keys of a job. Jobs that share a walk take turns.
pub async fn move_keys(context: &JobContext<'_>, mut batches: Batches<'_, '_>) {
    let pauses = Pauses::new(context);
    let full = context.job.pipeline_batch_size;
    let (mut filling, mut held) = (Vec::new(), 0);
    while let Some(candidates) = take_up(context, &mut batches, full - filling.len()).await {
        let _turn = context.pauses.turn().await;
        let (new, existing) = leave_existing(context, candidates).await;
        held += new.iter().map(held_bytes).sum::<usize>();
        filling.extend(new);
        pauses.after_existing(existing as u64).await;
        // Names may be long, and a file returns keys with their values, so their bytes are limited.
        if filling.len() == full || held >= PACED_PIPELINE_BYTES {
            held = 0;
            execute(context, &pauses, std::mem::take(&mut filling)).await;
        }
    }
    let _turn = context.pauses.turn().await;
    execute(context, &pauses, filling).await;
}

/// Bytes of a name, and of the value that the source returned with it.
fn held_bytes(candidate: &Candidate) -> usize {
    candidate.name_bytes() + candidate.value.as_ref().map_or(0, |value| value.bytes())
}

/// Reads and writes the keys of one pipeline; of several pipelines if the values are large.
async fn execute(context: &JobContext<'_>, pauses: &Pauses<'_, '_>, candidates: Vec<Candidate>) {
    let mut candidates = VecDeque::from(candidates);
    while !candidates.is_empty() {
        pauses.before_pipeline().await;
        let mut pipeline = Loaded::none(&context.in_flight[0]);
        let mut bytes = 0;
        while !candidates.is_empty() && bytes < PACED_PIPELINE_BYTES {
            let next = next_read(context, &mut candidates).await;
            if context.stop.is_stopping() {
                context.release(next.candidates);
                context.release(std::mem::take(&mut candidates));
                break;
            }
            // Only one read runs at a time, so it need not wait for the budget.
            let permit = context.in_flight[0].take(next.bytes);
            let loaded = read(context, next, permit).await;
            bytes += loaded.bytes();
            pipeline.absorb(loaded);
        }
        let existing = write(context, 0, pipeline).await;
        pauses.after_existing(existing).await;
    }
}
