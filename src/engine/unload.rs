//! The walk over a file: its pages, handed on as they come.

use tokio::sync::mpsc::Sender;

use super::scan::Scanned;
use super::walk::Walk;
use crate::destination::Restored;
use crate::source::Backup;
use crate::source::backup::{Batch, Page};

/// Hands on what the file holds, to its end, or until the job is told to stop, or nobody takes the pages any more.
pub async fn unload(walk: &Walk<'_>, backup: &Backup, pages: Sender<Scanned>) {
    while let Some(Some(batch)) = walk.halt.cut_short(backup.next()).await {
        match batch {
            Batch::Page(page) => {
                let share = backup.facts().size.map(|size| share(page.read, size));
                let Page { found, libraries, passed_over, .. } = page;
                walk.ledger.passed_over(passed_over);
                for library in libraries {
                    take_library(walk, &library).await;
                }
                if pages.send(Scanned { found, share }).await.is_err() {
                    return;
                }
            }
            Batch::Damaged(error) => walk.halt.stop(error.into()),
        }
    }
}

/// Restores a library of functions, if that is wanted. One that is not begun as the job is to stop is not counted.
async fn take_library(walk: &Walk<'_>, payload: &[u8]) {
    if walk.halt.is_told() {
        return;
    }
    walk.ledger.libraries(|tally| tally.found += 1);
    if !walk.job.functions || walk.is_dry_run {
        return;
    }
    match walk.destination.restore_library(payload).await {
        Ok(Restored::Done) => walk.ledger.libraries(|tally| tally.restored += 1),
        Ok(Restored::Existing) => walk.ledger.libraries(|tally| tally.existing += 1),
        Ok(Restored::Failed(said)) => {
            walk.ledger.libraries(|tally| tally.failed += 1);
            tracing::error!("job `{}`: a library of functions cannot be restored: {said}", walk.job.name);
        }
        Err(error) => {
            walk.ledger.libraries(|tally| tally.failed += 1);
            walk.halt.stop(error.into());
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is for people to look at")]
fn share(read: u64, size: u64) -> f64 {
    if size == 0 { 1.0 } else { (read as f64 / size as f64).min(1.0) }
}
