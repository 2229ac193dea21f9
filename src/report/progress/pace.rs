//! The rate of a job, and the time that it will still take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::time_left::TimeLeft;
use crate::event::Progress;
use crate::report::numbers;

/// The rate is measured over this time.
const WINDOW: Duration = Duration::from_secs(10);
/// The minimum time between two samples.
const STEP: Duration = Duration::from_millis(500);

/// The rate of a job, and the time that it will still take.
#[derive(Debug)]
pub(super) struct Pace {
    started: Instant,
    pause: Duration,
    /// Times with the numbers of keys scanned, or compared, and of bytes written until then, oldest first. The oldest is at the edge of
    /// the window.
    samples: VecDeque<(Instant, u64, u64)>,
    time_left: TimeLeft,
}

impl Pace {
    /// `pause` is the `sleep` of the job.
    pub(super) fn new(now: Instant, pause: Duration) -> Self {
        let samples = VecDeque::from([(now, 0, 0)]);
        Self { started: now, pause, samples, time_left: TimeLeft::new(now, pause) }
    }

    /// The walk starts again: keys and share are zero.
    pub(super) fn restart(&mut self, now: Instant) {
        *self = Self::new(now, self.pause);
    }

    /// Records the progress so far. `keys` are those that the rate is about.
    pub(super) fn record(&mut self, now: Instant, progress: &Progress, keys: u64) {
        self.time_left.record(now, progress);
        self.sample(now, keys, progress.sizes.payload.unwrap_or(0));
    }

    fn sample(&mut self, now: Instant, keys: u64, bytes: u64) {
        if self.samples.back().is_some_and(|(last, ..)| now.duration_since(*last) < STEP) {
            return;
        }
        self.samples.push_back((now, keys, bytes));
        while self.samples.get(1).is_some_and(|(second, ..)| now.duration_since(*second) >= WINDOW) {
            self.samples.pop_front();
        }
    }

    /// Keys per second within the window.
    pub(super) fn keys_per_second(&self, now: Instant, keys: u64) -> u64 {
        let (then, had, _) = self.oldest();
        numbers::per_second(keys.saturating_sub(had), now.duration_since(then)).unwrap_or(0)
    }

    /// Payload bytes per second within the window.
    pub(super) fn bytes_per_second(&self, now: Instant, bytes: u64) -> u64 {
        let (then, _, had) = self.oldest();
        numbers::per_second(bytes.saturating_sub(had), now.duration_since(then)).unwrap_or(0)
    }

    fn oldest(&self) -> (Instant, u64, u64) {
        self.samples.front().copied().unwrap_or((self.started, 0, 0))
    }

    /// The time left if the job continues at its recent rate.
    pub(super) fn time_left(&self) -> Option<Duration> {
        self.time_left.estimate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut pace = Pace::new(start, Duration::ZERO);
        assert_eq!(pace.keys_per_second(start, 0), 0);
        for second in 1..=20 {
            pace.sample(at(second), second * 100, second * 3);
            assert_eq!(pace.keys_per_second(at(second), second * 100), 100);
            assert_eq!(pace.bytes_per_second(at(second), second * 3), 3);
        }
        for second in 21..=30 {
            pace.sample(at(second), 2000, 60);
        }
        assert_eq!((pace.keys_per_second(at(30), 2000), pace.bytes_per_second(at(30), 60)), (0, 0));
        assert!(pace.samples.len() <= 12);
    }
}
