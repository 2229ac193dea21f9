//! The one place where a job is told to stop.

use std::cell::RefCell;
use std::future::Future;

use tokio::sync::Notify;

use crate::error::{EndpointProblem, Stop};

/// Whether, and why, a job ends before its source does. There may be several reasons: while what is in flight
/// is finished, an end may be lost.
#[derive(Debug, Default)]
pub struct Halt {
    /// The first of each kind.
    reasons: RefCell<Vec<Stop>>,
    told: Notify,
}

impl Halt {
    /// Stops the job, or adds a reason if it is stopping already for one of another kind.
    pub fn stop(&self, reason: Stop) {
        let mut reasons = self.reasons.borrow_mut();
        if reasons.iter().all(|known| known.strength() != reason.strength()) {
            reasons.push(reason);
        }
        drop(reasons);
        if self.is_told() {
            self.told.notify_waiters();
        }
    }

    /// Whether the job is stopping: nothing new is begun.
    pub fn is_told(&self) -> bool {
        self.reasons.borrow().iter().any(|reason| !just_ends_the_source(reason))
    }

    /// Whether an end is lost: what is on its way to it is not sent any more.
    pub fn is_lost(&self) -> bool {
        let is_loss = |reason: &Stop| matches!(reason, Stop::Endpoint(_)) && !just_ends_the_source(reason);
        self.reasons.borrow().iter().any(is_loss)
    }

    /// Why the job was stopped, if it was; the strongest reason first.
    pub fn reasons(&self) -> Vec<Stop> {
        let mut reasons = self.reasons.borrow().clone();
        reasons.sort_by_key(Stop::strength);
        reasons
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

/// A file that cannot be read on, or whose next database the destination has not, has just come to its end early: what was
/// read of it is moved all the same.
fn just_ends_the_source(reason: &Stop) -> bool {
    match reason {
        Stop::Backup(_) => true,
        Stop::Endpoint(error) => matches!(error.problem, EndpointProblem::NoSuchDatabase { .. }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BackupError, BackupProblem, EndpointError, Side, Signal};
    use crate::job::BackupPath;

    #[tokio::test]
    async fn whoever_waits_is_woken_and_the_first_of_a_kind_counts() {
        let halt = Halt::default();
        let waiting = halt.cut_short(std::future::pending::<()>());
        let telling = async {
            halt.stop(Stop::Interrupted(Signal::Interrupt));
            halt.stop(Stop::Interrupted(Signal::Terminate));
        };
        let (waited, ()) = tokio::join!(waiting, telling);
        assert_eq!(waited, None);
        assert!(matches!(halt.reasons()[..], [Stop::Interrupted(Signal::Interrupt)]));
    }

    #[tokio::test]
    async fn a_file_that_ends_early_cuts_nothing_short() {
        let halt = Halt::default();
        let problem = BackupProblem::Unread("the file is damaged (at byte 9)".into());
        let waiting = halt.cut_short(async {
            halt.stop(BackupError::of(&BackupPath::StandardInput, problem).into());
            tokio::task::yield_now().await;
            "done"
        });
        assert_eq!(waiting.await, Some("done"));
        assert!(!halt.is_told());
        assert!(matches!(halt.reasons()[..], [Stop::Backup(_)]));
    }

    #[test]
    fn a_later_reason_is_not_hidden_and_the_strongest_comes_first() {
        let halt = Halt::default();
        halt.stop(Stop::ErrorLimit { failed: 1, limit: 1 });
        assert!(!halt.is_lost());
        let problem = EndpointProblem::ConnectionLost("gone".into());
        halt.stop(Stop::Endpoint(EndpointError { side: Side::Source, server: "h:1".into(), problem }));
        assert!(halt.is_lost());
        assert!(matches!(halt.reasons()[..], [Stop::Endpoint(_), Stop::ErrorLimit { .. }]));
    }
}
