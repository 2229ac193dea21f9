//! How fast a job goes, and how long it will.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::report::numbers;

/// The rate that is shown is that of the last so many seconds.
const WINDOW: Duration = Duration::from_secs(10);
/// Samples are at least so far apart.
const STEP: Duration = Duration::from_millis(500);
/// Before this the time left is unknown.
const WARM_UP: Duration = Duration::from_secs(1);

/// How fast a job goes, and how long it will.
#[derive(Debug)]
pub(super) struct Pace {
    started: Instant,
    /// When there were how many keys; the oldest stands at the window's edge.
    samples: VecDeque<(Instant, u64)>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { started: now, samples: VecDeque::from([(now, 0)]) }
    }

    /// Takes note of the keys scanned so far.
    pub(super) fn note(&mut self, now: Instant, keys: u64) {
        if self.samples.back().is_some_and(|(last, _)| now.duration_since(*last) < STEP) {
            return;
        }
        self.samples.push_back((now, keys));
        while self.samples.get(1).is_some_and(|(second, _)| now.duration_since(*second) >= WINDOW) {
            self.samples.pop_front();
        }
    }

    /// Keys a second within the window.
    pub(super) fn keys_per_second(&self, now: Instant, keys: u64) -> u64 {
        let (then, had) = self.samples.front().copied().unwrap_or((self.started, 0));
        numbers::per_second(keys.saturating_sub(had), now.duration_since(then)).unwrap_or(0)
    }

    /// What is left when the rest goes as what has been done.
    pub(super) fn time_left(&self, now: Instant, share: f64) -> Option<Duration> {
        let elapsed = now.duration_since(self.started);
        if elapsed < WARM_UP || !(share > 0.0 && share <= 1.0) {
            return None;
        }
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - share) / share).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut pace = Pace::new(start);
        assert_eq!(pace.keys_per_second(start, 0), 0);
        for second in 1..=20 {
            pace.note(at(second), second * 100);
            assert_eq!(pace.keys_per_second(at(second), second * 100), 100);
        }
        for second in 21..=30 {
            pace.note(at(second), 2000);
        }
        assert_eq!(pace.keys_per_second(at(30), 2000), 0);
        assert!(pace.samples.len() <= 12);
    }

    #[test]
    fn the_time_left_follows_from_the_share() {
        let start = Instant::now();
        let pace = Pace::new(start);
        let after = |seconds, share| pace.time_left(start + Duration::from_secs(seconds), share);
        assert_eq!(after(10, 0.25), Some(Duration::from_secs(30)));
        assert_eq!(after(10, 1.0), Some(Duration::ZERO));
        assert_eq!((after(0, 0.5), after(10, 0.0), after(10, f64::NAN)), (None, None, None));
        assert_eq!(after(100, f64::MIN_POSITIVE), None);
    }
}
