//! Stops a job.

use std::cell::RefCell;
use std::future::Future;
use std::mem::discriminant;

use tokio::sync::Notify;

use crate::error::{EndpointError, EndpointProblem, Side, Stop};

/// Whether, and why, a job ends early. There may be several reasons: while work in flight is finished, an endpoint may
/// disconnect.
#[derive(Debug, Default)]
pub struct StopSignal {
    /// The first of each kind and endpoint.
    reasons: RefCell<Vec<Stop>>,
    stopped: Notify,
}

impl StopSignal {
    /// Stops the job, or adds a reason if the job is stopping already.
    pub fn stop(&self, reason: Stop) {
        let mut reasons = self.reasons.borrow_mut();
        if !reasons.iter().any(|known| is_same(known, &reason)) {
            reasons.push(reason);
        }
        drop(reasons);
        if self.is_stopping() {
            self.stopped.notify_waiters();
        }
    }

    /// Whether the job is stopping: then no new work starts.
    pub fn is_stopping(&self) -> bool {
        self.reasons.borrow().iter().any(|reason| !ends_source_only(reason))
    }

    /// Whether as many keys have failed as the error limit permits: then no key is written any more.
    pub fn has_reached_limit(&self) -> bool {
        self.reasons.borrow().iter().any(|reason| matches!(reason, Stop::ErrorLimit { .. }))
    }

    /// Whether every job that shares the walk stops for such a reason, too.
    pub fn concerns_servers(&self) -> bool {
        let concerns = |reason: &Stop| matches!(reason, Stop::Interrupted(_) | Stop::TimeLimit(_) | Stop::Endpoint(_));
        self.reasons.borrow().iter().any(concerns)
    }

    /// Whether an endpoint has failed: then nothing more is sent to it.
    pub fn has_failed(&self, side: Side) -> bool {
        let is_failure = |reason: &Stop| match reason {
            Stop::Endpoint(error) => error.side == side && !ends_source_only(reason),
            _ => false,
        };
        self.reasons.borrow().iter().any(is_failure)
    }

    /// Every reason, the strongest first.
    pub fn reasons(&self) -> Vec<Stop> {
        let mut reasons = self.reasons.borrow().clone();
        reasons.sort_by_key(Stop::strength);
        reasons
    }

    /// Waits for `work`; `None` as soon as the job is stopping.
    pub async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let stopped = self.stopped.notified();
        if self.is_stopping() {
            return None;
        }
        tokio::select! {
            biased;
            () = stopped => None,
            done = work => Some(done),
        }
    }
}

/// A damaged backup or list of keys, or a backup whose next database the destination lacks, only ends the source early:
/// keys that were read are still written.
fn ends_source_only(reason: &Stop) -> bool {
    match reason {
        Stop::Backup(_) | Stop::KeyList(_) => true,
        Stop::Endpoint(error) => matches!(error.problem, EndpointProblem::NoSuchDatabase { .. }),
        _ => false,
    }
}

/// Whether a reason repeats a known one: many requests may be in flight when an endpoint fails.
fn is_same(known: &Stop, new: &Stop) -> bool {
    match (known, new) {
        (Stop::Endpoint(known), Stop::Endpoint(new)) => known.side == new.side && is_same_problem(known, new),
        _ => discriminant(known) == discriminant(new),
    }
}

/// Two error replies are the same problem if they have the same code, such as `MISCONF …`.
fn is_same_problem(known: &EndpointError, new: &EndpointError) -> bool {
    let code = |message: &str| message.split(' ').next().map(str::to_owned);
    match (&known.problem, &new.problem) {
        (EndpointProblem::Refused(known), EndpointProblem::Refused(new)) => code(known) == code(new),
        (known, new) => discriminant(known) == discriminant(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{BackupError, BackupProblem, Signal};
    use crate::job::BackupPath;

    fn endpoint(side: Side, problem: EndpointProblem) -> Stop {
        Stop::Endpoint(EndpointError { side, server: "h:1".into(), problem })
    }

    fn lost(side: Side, why: &str) -> Stop {
        endpoint(side, EndpointProblem::ConnectionLost(why.into()))
    }

    fn texts(stop: &StopSignal) -> Vec<String> {
        stop.reasons().iter().map(Stop::to_string).collect()
    }

    #[tokio::test]
    async fn a_stop_ends_the_wait_and_the_first_of_a_kind_counts() {
        let stop = StopSignal::default();
        let waiting = stop.until_stopped(std::future::pending::<()>());
        let stopping = async {
            stop.stop(Stop::Interrupted(Signal::Interrupt));
            stop.stop(Stop::Interrupted(Signal::Terminate));
        };
        let (waited, ()) = tokio::join!(waiting, stopping);
        assert_eq!(waited, None);
        assert!(matches!(stop.reasons()[..], [Stop::Interrupted(Signal::Interrupt)]));
    }

    #[tokio::test]
    async fn a_file_that_ends_early_does_not_stop_the_keys_that_were_read() {
        let stop = StopSignal::default();
        let problem = BackupProblem::Unread("the file is damaged (at byte 9)".into());
        let waiting = stop.until_stopped(async {
            stop.stop(BackupError::of(&BackupPath::StandardInput, problem).into());
            tokio::task::yield_now().await;
            "done"
        });
        assert_eq!(waiting.await, Some("done"));
        assert!(!stop.is_stopping());
        assert!(matches!(stop.reasons()[..], [Stop::Backup(_)]));
    }

    #[test]
    fn a_later_reason_is_not_hidden_and_the_strongest_comes_first() {
        let stop = StopSignal::default();
        stop.stop(Stop::ErrorLimit { failed: 1, limit: 1 });
        stop.stop(lost(Side::Source, "reset"));
        assert!(matches!(stop.reasons()[..], [Stop::Endpoint(_), Stop::ErrorLimit { .. }]));
    }

    #[test]
    fn a_lost_source_does_not_count_as_a_lost_destination_and_both_are_reported() {
        let stop = StopSignal::default();
        stop.stop(lost(Side::Source, "reset"));
        assert!(stop.is_stopping() && stop.has_failed(Side::Source) && !stop.has_failed(Side::Destination));
        stop.stop(lost(Side::Destination, "reset"));
        stop.stop(lost(Side::Destination, "closed"));
        assert!(stop.has_failed(Side::Destination));
        assert_eq!(
            texts(&stop),
            ["the source `h:1` closed the connection: reset", "the destination `h:1` closed the connection: reset"]
        );
    }

    #[test]
    fn a_missing_database_does_not_hide_that_the_destination_is_lost() {
        let stop = StopSignal::default();
        let missing = EndpointProblem::NoSuchDatabase { db: 20, message: "ERR DB index is out of range".into() };
        stop.stop(endpoint(Side::Destination, missing));
        assert!(!stop.is_stopping() && !stop.has_failed(Side::Destination));
        stop.stop(lost(Side::Destination, "reset"));
        assert!(stop.is_stopping() && stop.has_failed(Side::Destination));
        assert_eq!(texts(&stop).len(), 2);
    }

    #[test]
    fn refusals_of_different_kinds_are_different_reasons() {
        let stop = StopSignal::default();
        for message in ["MISCONF no disk", "MISCONF no disk at all", "NOREPLICAS too few"] {
            stop.stop(endpoint(Side::Destination, EndpointProblem::Refused(message.into())));
        }
        assert_eq!(texts(&stop).len(), 2);
    }
}
