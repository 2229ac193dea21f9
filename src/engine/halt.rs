//! The one place where a job is told to stop: the first reason counts.

use std::cell::OnceCell;
use std::future::Future;

use tokio::sync::Notify;

use crate::error::Stop;

/// Whether, and why, a job ends before its source does.
#[derive(Debug, Default)]
pub struct Halt {
    reason: OnceCell<Stop>,
    told: Notify,
}

impl Halt {
    /// Stops the job, unless it is stopping already.
    pub fn stop(&self, reason: Stop) {
        if self.reason.set(reason).is_ok() {
            self.told.notify_waiters();
        }
    }

    /// Whether the job is stopping: nothing new is begun.
    pub fn is_told(&self) -> bool {
        self.reason.get().is_some()
    }

    /// Whether an end is lost: what is on its way to it is not sent any more.
    pub fn is_lost(&self) -> bool {
        matches!(self.reason.get(), Some(Stop::Endpoint(_)))
    }

    /// Why the job was stopped, if it was.
    pub fn reason(&self) -> Option<&Stop> {
        self.reason.get()
    }

    /// Waits for `work`, but no longer than until the job is told to stop.
    pub async fn cut_short<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let told = self.told.notified();
        if self.is_told() {
            return None;
        }
        tokio::select! {
            biased;
            () = told => None,
            done = work => Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Signal;

    #[tokio::test]
    async fn the_first_reason_counts_and_wakes_whoever_waits() {
        let halt = Halt::default();
        let waiting = halt.cut_short(std::future::pending::<()>());
        let telling = async {
            halt.stop(Stop::Interrupted(Signal::Interrupt));
            halt.stop(Stop::Interrupted(Signal::Terminate));
        };
        let (waited, ()) = tokio::join!(waiting, telling);
        assert_eq!(waited, None);
        assert!(matches!(halt.reason(), Some(Stop::Interrupted(Signal::Interrupt))));
    }
}
