//! A progress bar for each job.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::held::held;
use super::pace::Pace;
use crate::error::Stop;
use crate::event::{Event, Listener, Progress};
use crate::report::{Screen, numbers};

/// The steps of a complete bar.
const STEPS: u64 = 1000;
/// The interval of redrawing, so that the clock advances while a job pauses.
const TICK: Duration = Duration::from_millis(250);

const WITH_SHARE: &str = "{prefix} [{bar:25}] {percent:>3}% {wide_msg}";
const WITHOUT_SHARE: &str = "{prefix} {spinner} {elapsed} {wide_msg}";

/// Shows a bar for the current job: keys, keys per second, share done, time left.
pub(super) struct Bars {
    screen: Screen,
    current: Option<Bar>,
}

struct Bar {
    drawn: ProgressBar,
    pace: Pace,
    has_share: bool,
}

impl Bars {
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, current: None }
    }
}

impl Listener for Bars {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::JobStarted { job, .. } => {
                let drawn = self.screen.show(empty_bar(&job.name));
                drawn.enable_steady_tick(TICK);
                self.current = Some(Bar::new(drawn, Instant::now(), job.sleep));
            }
            Event::Progress(progress) => {
                if let Some(bar) = &mut self.current {
                    bar.update(progress, Instant::now());
                }
            }
            Event::WalkRestarted(_) => {
                if let Some(bar) = &mut self.current {
                    bar.restart(Instant::now());
                }
            }
            // The summary shows the results.
            Event::JobEnded(_) => drop(self.current.take()),
            _ => {}
        }
        Ok(())
    }
}

impl Bar {
    fn new(drawn: ProgressBar, now: Instant, pause: Duration) -> Self {
        Self { drawn, pace: Pace::new(now, pause), has_share: false }
    }

    fn restart(&mut self, now: Instant) {
        self.pace.restart(now);
        self.drawn.set_position(0);
    }

    fn update(&mut self, progress: &Progress, now: Instant) {
        self.pace.record(now, progress);
        if progress.share.is_some() != self.has_share {
            self.has_share = progress.share.is_some();
            self.drawn.set_style(style(if self.has_share { WITH_SHARE } else { WITHOUT_SHARE }));
        }
        if let Some(share) = progress.share {
            self.drawn.set_position(steps(share));
        }
        self.drawn.set_message(message(&self.pace, progress, now));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}

/// A bar without a share, until the share is known.
fn empty_bar(job: &str) -> ProgressBar {
    ProgressBar::new(STEPS).with_prefix(job.to_owned()).with_style(style(WITHOUT_SHARE))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is well formed").progress_chars("=> ")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "0–1000")]
fn steps(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * STEPS as f64) as u64
}

fn message(pace: &Pace, progress: &Progress, now: Instant) -> String {
    let (scanned, failed) = (progress.walk.scanned, progress.tally.failed);
    let mut text = format!("{scanned} keys, {} keys/s", pace.keys_per_second(now, scanned));
    if failed > 0 {
        write!(text, ", {failed} failed").expect("a write to a String cannot fail");
    }
    if let Some(left) = pace.time_left() {
        write!(text, ", {} left", numbers::rough_span(left)).expect("a write to a String cannot fail");
    }
    text + ", " + &held(progress.held_by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Side;
    use crate::error::WaitCause;
    use crate::event::HeldBy;
    use crate::outcome::{Tally, WalkTally};

    fn progress(scanned: u64, failed: u64, share: Option<f64>) -> Progress {
        let (tally, walk) = (Tally { failed, ..Tally::default() }, WalkTally { scanned, filtered: 0 });
        Progress { tally, walk, share, ..Progress::default() }
    }

    #[test]
    fn a_bar_shows_keys_rate_share_and_time_left() {
        let start = Instant::now();
        let mut bar = Bar::new(ProgressBar::hidden().with_style(style("{msg}")), start, Duration::ZERO);
        bar.update(&progress(5000, 0, Some(0.25)), start + Duration::from_secs(5));
        assert_eq!(bar.drawn.message(), "5000 keys, 1000 keys/s, 15s left, held by source");
        assert_eq!(bar.drawn.position(), 250);
        bar.update(&progress(6000, 2, None), start + Duration::from_secs(6));
        assert_eq!(bar.drawn.message(), "6000 keys, 1000 keys/s, 2 failed, held by source");
    }

    #[test]
    fn a_walk_that_starts_again_starts_at_zero() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut bar = Bar::new(ProgressBar::hidden().with_style(style("{msg}")), start, Duration::ZERO);
        bar.update(&progress(5000, 1, Some(0.25)), after(5));
        bar.restart(after(6));
        assert_eq!(bar.drawn.position(), 0);
        bar.update(&progress(0, 0, Some(0.0)), after(6));
        assert_eq!(bar.drawn.message(), "0 keys, 0 keys/s, held by source");
        bar.update(&progress(200, 0, Some(0.1)), after(8));
        assert_eq!(bar.drawn.message(), "200 keys, 100 keys/s, 18s left, held by source");
        assert_eq!(bar.drawn.position(), 100);
    }

    #[test]
    fn a_bar_shows_how_long_a_server_has_not_answered() {
        let start = Instant::now();
        let mut bar = Bar::new(ProgressBar::hidden().with_style(style("{msg}")), start, Duration::ZERO);
        let duration = Duration::from_secs(7);
        let held_by = HeldBy::Wait { side: Side::Source, cause: WaitCause::NoAnswer, duration };
        bar.update(&Progress { held_by, ..progress(5000, 0, None) }, start + Duration::from_secs(5));
        assert_eq!(bar.drawn.message(), "5000 keys, 1000 keys/s, source: no answer for 7s");
    }

    #[test]
    fn a_share_beyond_the_whole_does_not_overflow_the_bar() {
        assert_eq!([-1.0, 0.5, 7.0, f64::NAN].map(steps), [0, 500, 1000, 0]);
    }
}
