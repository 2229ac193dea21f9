//! The time that a job will still take, at its recent pace.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::event::{HeldBy, Progress};

/// The pace is measured over this time, or over [`PAUSES`] pauses if they are longer.
const WINDOW: Duration = Duration::from_mins(1);
const PAUSES: u32 = 10;
/// The minimum time between two samples.
const STEP: Duration = Duration::from_millis(500);
/// The time left is unknown until the pace has been measured for this long.
const WARM_UP: Duration = Duration::from_secs(1);
/// If the share falls by more than this, the walk has started again. A smaller difference is a rounding error.
const FALL: f64 = 0.01;

/// The time that a job will still take.
///
/// Its clock stops while a server does not answer: after an outage, the pace is the one before it.
#[derive(Debug)]
pub(super) struct TimeLeft {
    window: Duration,
    seen: Instant,
    clock: Duration,
    /// How much of the source has been walked, 0–1; `None` if it is unknown.
    share: Option<f64>,
    /// Times by the clock with the share until then, oldest first; each share is greater than the one before.
    samples: VecDeque<(Duration, f64)>,
}

impl TimeLeft {
    /// `pause` is the `sleep` of the job.
    pub(super) fn new(now: Instant, pause: Duration) -> Self {
        let samples = VecDeque::from([(Duration::ZERO, 0.0)]);
        Self {
            window: WINDOW.max(pause.saturating_mul(PAUSES)),
            seen: now,
            clock: Duration::ZERO,
            share: None,
            samples,
        }
    }

    pub(super) fn record(&mut self, now: Instant, progress: &Progress) {
        if !matches!(progress.held_by, HeldBy::Wait { .. }) {
            self.clock += now.duration_since(self.seen);
        }
        self.seen = now;
        self.share = progress.share;
        let Some(share) = progress.share else { return };
        if self.samples.back().is_some_and(|(_, before)| share < before - FALL) {
            self.samples.clear();
        }
        if self.samples.back().is_none_or(|(at, before)| share > *before && self.since(*at) >= STEP) {
            self.samples.push_back((self.clock, share));
            while self.samples.len() > 2 && self.samples.front().is_some_and(|(at, _)| self.since(*at) > self.window) {
                self.samples.pop_front();
            }
        }
    }

    /// `None` as long as the share or the pace is unknown.
    pub(super) fn estimate(&self) -> Option<Duration> {
        let (share, (from, before)) = (self.share?, self.samples.front()?);
        let elapsed = self.since(*from);
        if elapsed < WARM_UP || share <= *before {
            return None;
        }
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - share).max(0.0) / (share - before)).ok()
    }

    fn since(&self, at: Duration) -> Duration {
        self.clock.saturating_sub(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Side;
    use crate::error::WaitCause;

    /// A job whose progress is recorded every 100 ms.
    struct Walk {
        now: Instant,
        share: Option<f64>,
        left: TimeLeft,
    }

    impl Walk {
        fn start() -> Self {
            Self::with_pauses(0)
        }

        fn with_pauses(seconds: u64) -> Self {
            let now = Instant::now();
            Self { now, share: Some(0.0), left: TimeLeft::new(now, Duration::from_secs(seconds)) }
        }

        /// Moves on at this pace, in percent a second.
        fn at(&mut self, pace: f64, seconds: u32) -> Option<u64> {
            self.held(HeldBy::Source, pace, seconds)
        }

        /// A server does not answer.
        fn outage(&mut self, seconds: u32) -> Option<u64> {
            let held_by =
                HeldBy::Wait { side: Side::Source, cause: WaitCause::NoAnswer, duration: Duration::from_secs(1) };
            self.held(held_by, 0.0, seconds)
        }

        fn held(&mut self, held_by: HeldBy, pace: f64, seconds: u32) -> Option<u64> {
            for _ in 0..seconds * 10 {
                self.now += Duration::from_millis(100);
                self.share = self.share.map(|share| share + pace / 1000.0);
                self.left.record(self.now, &Progress { share: self.share, held_by, ..Progress::default() });
            }
            self.estimate()
        }

        /// In whole seconds.
        fn estimate(&self) -> Option<u64> {
            Some((self.left.estimate()? + Duration::from_millis(500)).as_secs())
        }
    }

    #[test]
    fn a_steady_pace_gives_the_time_that_remains() {
        let mut walk = Walk::start();
        assert_eq!(walk.at(1.0, 10), Some(90));
        assert_eq!(walk.at(1.0, 40), Some(50));
        assert_eq!(walk.at(1.0, 30), Some(20));
        assert_eq!(walk.at(1.0, 20), Some(0));
    }

    #[test]
    fn an_outage_does_not_change_the_pace() {
        let mut walk = Walk::start();
        walk.at(1.0, 20);
        assert_eq!(walk.outage(300), Some(80));
        assert_eq!(walk.at(1.0, 5), Some(75));
    }

    #[test]
    fn a_stall_for_another_reason_is_forgotten_after_a_minute() {
        let mut walk = Walk::start();
        walk.at(0.25, 20);
        assert!(walk.at(0.0, 120) > Some(400));
        assert_eq!(walk.at(0.25, 60), Some(320));
    }

    #[test]
    fn a_faster_pace_counts_alone_after_a_minute() {
        let mut walk = Walk::start();
        assert_eq!(walk.at(0.1, 100), Some(900));
        walk.at(1.0, 30);
        assert!(walk.estimate() < Some(150), "{:?}", walk.estimate());
        assert_eq!(walk.at(1.0, 31), Some(29));
    }

    #[test]
    fn long_pauses_do_not_change_the_pace() {
        let mut walk = Walk::with_pauses(99);
        let mut cycle = || -> Vec<u64> {
            let moved = walk.at(1.0, 1);
            let paused = (0..99).map(|_| walk.held(HeldBy::Sleep, 0.0, 1));
            moved.into_iter().chain(paused.flatten()).collect()
        };
        let estimates = (0..30).map(|_| cycle()).last().unwrap();
        let (least, most) = (estimates.iter().min().unwrap(), estimates.iter().max().unwrap());
        // Seventy cycles are left, and a part of the current pause.
        assert!(estimates.len() == 100 && *least > 6300 && *most < 7700, "{least}–{most}");
    }

    #[test]
    fn without_a_share_or_in_the_first_second_the_time_left_is_unknown() {
        let mut walk = Walk::start();
        walk.share = None;
        assert_eq!(walk.at(0.0, 100), None);
        let mut walk = Walk::start();
        assert_eq!(walk.at(0.0, 100), None);
        let mut walk = Walk::start();
        walk.now += Duration::from_millis(900);
        walk.share = Some(0.5);
        walk.left.record(walk.now, &Progress { share: walk.share, ..Progress::default() });
        assert_eq!(walk.estimate(), None);
        assert_eq!(walk.at(0.0, 1), Some(2));
    }

    #[test]
    fn a_walk_that_starts_again_is_measured_anew() {
        let mut walk = Walk::start();
        walk.at(5.0, 10);
        walk.share = Some(0.0);
        assert_eq!(walk.at(1.0, 10), Some(90));
    }

    #[test]
    fn a_share_that_is_no_number_or_too_small_gives_no_time() {
        for share in [f64::NAN, f64::MIN_POSITIVE] {
            let mut walk = Walk::start();
            walk.share = Some(share);
            assert_eq!(walk.at(0.0, 100), None, "{share}");
        }
    }
}
