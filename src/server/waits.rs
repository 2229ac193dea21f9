//! The waits for one server. Several connections that wait at the same time are one wait.

use std::time::{Duration, Instant};

use crate::error::WaitCause;

/// A connection without an answer for at least this long is a wait, even if it is not lost.
const MIN_SILENCE: Duration = Duration::from_secs(1);

/// The waits for one server.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// Connections that wait.
    waiting: usize,
    current: Option<(WaitCause, Instant)>,
    /// The longest silence of a connection that is not lost, until it answers.
    silence: Duration,
    ended: Vec<EndedWait>,
}

/// A wait that has ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EndedWait {
    pub cause: WaitCause,
    pub duration: Duration,
    /// Whether the server has answered. If not, nothing waits any more.
    pub is_over: bool,
}

impl Waits {
    /// A connection begins to wait. It has been waiting for `already`.
    pub fn begin(&mut self, cause: WaitCause, already: Duration) {
        self.waiting += 1;
        // The silence before the connection was lost belongs to this wait.
        self.silence = Duration::ZERO;
        let since = Instant::now();
        self.current.get_or_insert((cause, since.checked_sub(already).unwrap_or(since)));
    }

    /// A connection waits for another cause than before.
    pub fn change(&mut self, cause: WaitCause) {
        let Some((known, since)) = self.current else { return };
        if known != cause {
            self.ended.push(EndedWait { cause: known, duration: since.elapsed(), is_over: true });
            self.current = Some((cause, Instant::now()));
        }
    }

    /// A connection does not wait any more; `is_over` if the server has answered.
    pub fn end(&mut self, is_over: bool) {
        self.waiting -= 1;
        if self.waiting == 0
            && let Some((cause, since)) = self.current.take()
        {
            self.ended.push(EndedWait { cause, duration: since.elapsed(), is_over });
        }
    }

    /// The current wait. `silence` is how long a connection has had no answer.
    pub fn current(&mut self, silence: Duration) -> Option<(WaitCause, Duration)> {
        if let Some((cause, since)) = self.current {
            return Some((cause, since.elapsed()));
        }
        if silence >= MIN_SILENCE {
            self.silence = silence;
            return Some((WaitCause::NoAnswer, silence));
        }
        if !self.silence.is_zero() {
            let duration = std::mem::take(&mut self.silence);
            self.ended.push(EndedWait { cause: WaitCause::NoAnswer, duration, is_over: true });
        }
        None
    }

    pub fn take_ended(&mut self) -> Vec<EndedWait> {
        std::mem::take(&mut self.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(waits: &mut Waits) -> Vec<WaitCause> {
        waits.take_ended().into_iter().map(|ended| ended.cause).collect()
    }

    #[test]
    fn connections_that_wait_together_are_one_wait() {
        let mut waits = Waits::default();
        waits.begin(WaitCause::Disconnected, Duration::ZERO);
        waits.begin(WaitCause::Disconnected, Duration::ZERO);
        waits.end(true);
        assert_eq!((causes(&mut waits), waits.current(Duration::ZERO).is_some()), (vec![], true));
        waits.end(true);
        assert_eq!((causes(&mut waits), waits.current(Duration::ZERO)), (vec![WaitCause::Disconnected], None));
    }

    #[test]
    fn each_cause_of_an_outage_is_a_wait() {
        let mut waits = Waits::default();
        waits.begin(WaitCause::Disconnected, Duration::ZERO);
        waits.change(WaitCause::Loading);
        waits.change(WaitCause::Loading);
        waits.end(true);
        assert_eq!(causes(&mut waits), [WaitCause::Disconnected, WaitCause::Loading]);
    }

    #[test]
    fn a_silence_is_a_wait_when_it_has_ended() {
        let mut waits = Waits::default();
        assert_eq!(waits.current(Duration::from_millis(900)), None);
        let silence = Duration::from_secs(7);
        assert_eq!(waits.current(silence), Some((WaitCause::NoAnswer, silence)));
        assert_eq!(waits.take_ended(), []);
        let ended = EndedWait { cause: WaitCause::NoAnswer, duration: silence, is_over: true };
        assert_eq!((waits.current(Duration::ZERO), waits.take_ended()), (None, vec![ended]));
    }

    #[test]
    fn the_silence_before_a_connection_is_lost_belongs_to_the_wait() {
        let mut waits = Waits::default();
        waits.current(Duration::from_secs(7));
        waits.begin(WaitCause::NoAnswer, Duration::from_secs(8));
        waits.end(true);
        let [EndedWait { cause: WaitCause::NoAnswer, duration, .. }] = waits.take_ended()[..] else {
            panic!("one wait")
        };
        assert!(duration >= Duration::from_secs(8));
    }
}
