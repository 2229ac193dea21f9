//! How a run hears that it is to end.

use tokio::sync::watch;

use crate::error::Signal;

/// Tells when somebody has asked for the end. Clones hear the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<Option<Signal>>);

impl Shutdown {
    /// Hears from whoever holds the other end.
    #[must_use]
    pub fn new(signals: watch::Receiver<Option<Signal>>) -> Self {
        Self(signals)
    }

    /// What the end has been asked for with, if it has been: for those who cannot wait as they block.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        *self.0.borrow()
    }

    /// Waits until the end is asked for; for ever, if nobody can ask any more.
    pub async fn requested(&self) -> Signal {
        let mut signals = self.0.clone();
        let asked = match signals.wait_for(Option::is_some).await {
            Ok(asked) => *asked,
            Err(_) => None,
        };
        match asked {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}
