//! The request to end a run.

use tokio::sync::watch;

use crate::error::{Signal, Stop};

/// Receives why the run has to end: a signal, or the end of its time. Clones receive the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<Stop>>);

impl Shutdown {
    /// Receives from the sender of the channel.
    pub fn new(reasons: watch::Receiver<Option<Stop>>) -> Self {
        Self(reasons)
    }

    /// The signal, if one has been received: for blocking code, which cannot wait for [`Shutdown::requested`].
    pub fn signal(&self) -> Option<Signal> {
        match *self.0.borrow() {
            Some(Stop::Interrupted(signal)) => Some(signal),
            _ => None,
        }
    }

    /// Waits for a reason; for ever if the sender was dropped.
    pub async fn requested(&self) -> Stop {
        let mut reasons = self.0.clone();
        let reason = match reasons.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone(),
            Err(_) => None,
        };
        match reason {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }
}
