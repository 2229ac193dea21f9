//! The walk over a file: its pages, handed on as they come.

use tokio::sync::mpsc::Sender;

use super::scan::Scanned;
use super::walk::Walk;
use crate::destination::Restored;
use crate::error::EndpointError;
use crate::source::backup::Page;
use crate::source::{Backup, Found};

/// Hands on what the file holds, to its end, or until the job is told to stop, or nobody takes the pages any more.
pub async fn unload(walk: &Walk<'_>, backup: &Backup, pages: Sender<Scanned>) {
    loop {
        let page = match walk.halt.cut_short(backup.next()).await {
            Some(Ok(Some(page))) => page,
            Some(Ok(None)) | None => return,
            Some(Err(stop)) => return walk.halt.stop(stop),
        };
        let share = backup.facts().size.map(|size| share(page.read, size));
        let Page { found, libraries, passed_over, .. } = page;
        walk.ledger.passed_over(passed_over);
        for library in libraries {
            take_library(walk, &library).await;
        }
        if let Some(Err(error)) = walk.halt.cut_short(open_database(walk, &found)).await {
            return walk.halt.stop(error.into());
        }
        if pages.send(Scanned { found, share }).await.is_err() {
            return;
        }
    }
}

/// Opens the database that keys go to, if the job is for one of them. That is done before they are handed on: if the
/// destination has no such database, those of the databases before it are still moved.
async fn open_database(walk: &Walk<'_>, found: &[Found]) -> Result<(), EndpointError> {
    let Some(db) = found.first().and_then(Found::db) else { return Ok(()) };
    if found.iter().filter_map(Found::held).any(|held| walk.wants(held)) {
        walk.destination.channel(Some(db)).await?;
    }
    Ok(())
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
