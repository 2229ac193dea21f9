//! Converts payloads for the destination.

use super::read::Ready;
use crate::engine::context::JobContext;
use crate::job::OnUnsupported;
use crate::payload::{Fitted, Unfit, fit};

/// Converts a payload so that the destination accepts it.
///
/// # Errors
///
/// The payload cannot be converted; it stays unchanged.
pub fn fit_payload(context: &JobContext<'_>, ready: &mut Ready) -> Result<(), Unfit> {
    let Fitted { payload, how } = fitted(context, ready)?;
    (ready.payload, ready.how) = (payload, how);
    Ok(())
}

/// What [`fit_payload`] makes of a payload.
pub fn fitted(context: &JobContext<'_>, ready: &Ready) -> Result<Fitted, Unfit> {
    // The clone shares its bytes with the original.
    let payload = ready.payload.clone();
    let (destination, policy) = (context.destination, context.job.on_unsupported);
    // Reading the clock for every key takes time.
    let now_ms = match policy {
        OnUnsupported::DropFieldTtl => destination.now_ms(),
        OnUnsupported::Fail => 0,
    };
    fit(payload, ready.origin, destination.target(), policy, now_ms)
}
