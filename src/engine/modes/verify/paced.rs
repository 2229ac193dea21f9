//! The pauses of a job with `sleep`.

use crate::engine::context::JobContext;
use crate::engine::modes::pauses::Pauses;

/// The pause of a job that has one, between two batches of keys.
pub async fn pause(context: &JobContext<'_>) {
    if !context.job.sleep.is_zero() {
        Pauses::new(context).before_pipeline().await;
    }
}
