//! Waits that end with the run.

use std::future::Future;

use super::Shutdown;
use crate::error::Stop;

/// Waits for work, or until the run has to end.
pub async fn unless_interrupted<T, E: Into<Stop>>(
    shutdown: &Shutdown,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Stop> {
    tokio::select! {
        biased;
        stop = shutdown.requested() => Err(stop),
        done = work => done.map_err(E::into),
    }
}
