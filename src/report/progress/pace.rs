//! The rate of a job, and the time that it will still take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::report::numbers;

/// The rate is measured over this time.
const WINDOW: Duration = Duration::from_secs(10);
/// The minimum time between two samples.
const STEP: Duration = Duration::from_millis(500);
/// The time left is unknown until a job has run for this long.
const WARM_UP: Duration = Duration::from_secs(1);

/// The rate of a job, and the time that it will still take.
#[derive(Debug)]
pub(super) struct Pace {
    started: Instant,
    /// Times with the number of keys scanned until then, oldest first. The oldest is at the edge of the window.
    samples: VecDeque<(Instant, u64)>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { started: now, samples: VecDeque::from([(now, 0)]) }
    }

    /// Records the number of keys scanned so far.
    pub(super) fn record(&mut self, now: Instant, keys: u64) {
        if self.samples.back().is_some_and(|(last, _)| now.duration_since(*last) < STEP) {
            return;
        }
        self.samples.push_back((now, keys));
        while self.samples.get(1).is_some_and(|(second, _)| now.duration_since(*second) >= WINDOW) {
            self.samples.pop_front();
        }
    }

    /// Keys per second within the window.
    pub(super) fn keys_per_second(&self, now: Instant, keys: u64) -> u64 {
        let (then, had) = self.samples.front().copied().unwrap_or((self.started, 0));
        numbers::per_second(keys.saturating_sub(had), now.duration_since(then)).unwrap_or(0)
    }

    /// The time left if the job continues at its average rate so far.
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
            pace.record(at(second), second * 100);
            assert_eq!(pace.keys_per_second(at(second), second * 100), 100);
        }
        for second in 21..=30 {
            pace.record(at(second), 2000);
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
