//! Makes payloads such that the destination accepts them.

use super::read::Ready;
use crate::engine::context::JobContext;
use crate::payload::{Fitted, Unfit, fit};

/// Makes a payload fit.
///
/// # Errors
///
/// It cannot be made to fit; the payload stays as it is.
pub fn fit_payload(context: &JobContext<'_>, ready: &mut Ready) -> Result<(), Unfit> {
    // Shares its bytes with the original.
    let payload = ready.payload.clone();
    let Fitted { payload, how } =
        fit(payload, context.origin, context.destination.target(), context.job.on_unsupported)?;
    (ready.payload, ready.how) = (payload, how);
    Ok(())
}
