//! Restores function libraries.

use crate::destination::Restored;
use crate::engine::context::JobContext;
use crate::engine::mode::Mode;
use crate::error::EndpointError;
use crate::event::Event;

/// Restores the function libraries of a server, if the job has `functions = true`. Those of a file are in its pages.
pub async fn restore_all(context: &JobContext<'_>) -> Result<(), EndpointError> {
    if context.job.functions {
        for library in context.source.libraries().await? {
            restore(context, &library).await;
        }
    }
    Ok(())
}

/// Restores a function library, if the job has `functions = true`. When the job is stopping, nothing is restored or
/// counted.
pub async fn restore(context: &JobContext<'_>, payload: &[u8]) {
    if context.stop.is_stopping() {
        return;
    }
    context.ledger.libraries(|tally| tally.found += 1);
    if !context.job.functions || context.mode != Mode::Copy {
        return;
    }
    match context.destination.restore_library(payload, context.job.on_existing).await {
        Ok(Restored::Done) => context.ledger.libraries(|tally| tally.restored += 1),
        Ok(Restored::Existing) => context.ledger.libraries(|tally| tally.existing += 1),
        Ok(Restored::Failed(message)) => {
            context.ledger.libraries(|tally| tally.failed += 1);
            context.ledger.emit(&Event::LibraryFailed(&message));
        }
        Err(error) => {
            context.ledger.libraries(|tally| tally.failed += 1);
            context.stop.stop(error.into());
        }
    }
}
