//! The request to end a run.

use tokio::sync::watch;

use crate::error::Signal;

/// Receives the signal that ends the run. Clones receive the same signal.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<Signal>>);

impl Shutdown {
    /// Receives from the sender of the channel.
    pub fn new(signals: watch::Receiver<Option<Signal>>) -> Self {
        Self(signals)
    }

    /// The signal, if one has been received: for blocking code, which cannot wait for [`Shutdown::requested`].
    pub fn signal(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits for a signal; for ever if the sender was dropped.
    pub async fn requested(&self) -> Signal {
        let mut signals = self.0.clone();
        let signal = match signals.wait_for(Option::is_some).await {
            Ok(signal) => *signal,
            Err(_) => None,
        };
        match signal {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}
