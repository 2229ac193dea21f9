//! Progress without a terminal: log lines, fewer of them the longer a job takes.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::held::held;
use super::pace::Pace;
use super::together::Together;
use super::verifying::Verifying;
use crate::error::Stop;
use crate::event::{Event, Listener, Progress};
use crate::job::Job;
use crate::report::numbers;

/// When the first line comes.
const FIRST: Duration = Duration::from_secs(10);
/// The time between two lines after that, and after [`LONG`].
const OFTEN: Duration = Duration::from_mins(1);
const SELDOM: Duration = Duration::from_mins(5);
/// A job that takes longer has few lines.
const LONG: Duration = Duration::from_mins(10);

/// Logs the progress of the current job. Jobs that share a walk have a line together.
#[derive(Default)]
pub(super) struct LogLines {
    current: Option<CurrentWalk>,
}

struct CurrentWalk {
    together: Together,
    pace: Pace,
    started: Instant,
    /// When the next line is due, after the start.
    due: Duration,
    /// `None` while keys are moved.
    verifying: Option<Verifying>,
}

impl Listener for LogLines {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        self.hear_at(event, Instant::now());
        Ok(())
    }
}

impl LogLines {
    fn hear_at(&mut self, event: &Event<'_>, now: Instant) {
        match event {
            Event::JobStarted { job, .. } => match &mut self.current {
                Some(current) => current.together.add(&job.name),
                None => self.current = Some(CurrentWalk::new(job, now)),
            },
            Event::VerifyStarted(job) => {
                let verifying = Some(Verifying::new(job));
                self.current = Some(CurrentWalk { verifying, ..CurrentWalk::new(job, now) });
            }
            Event::JobResumed(job) => {
                if let Some(current) = &mut self.current {
                    current.together.resume(&job.name);
                }
            }
            Event::Progress(progress, _) => {
                if let Some(current) = &mut self.current {
                    current.update(progress, now);
                }
            }
            Event::WalkRestarted(_) => {
                if let Some(current) = &mut self.current {
                    current.pace.restart(now);
                }
            }
            Event::JobEnded(_) => self.current = None,
            _ => {}
        }
    }
}

impl CurrentWalk {
    fn new(job: &Job, now: Instant) -> Self {
        let (together, pace) = (Together::new(&job.name), Pace::new(now, job.sleep));
        Self { together, pace, started: now, due: FIRST, verifying: None }
    }

    fn update(&mut self, progress: &Progress, now: Instant) {
        let progress = &self.together.record(progress);
        let keys = if self.verifying.is_some() { progress.tally.matched } else { progress.walk.scanned };
        self.pace.record(now, progress, keys);
        let elapsed = now.duration_since(self.started);
        if elapsed >= self.due {
            self.due = next_after(elapsed);
            match self.verifying {
                Some(verifying) => self.log_verification(verifying, progress, now),
                None => self.log(progress, now),
            }
        }
    }

    fn log(&self, progress: &Progress, now: Instant) {
        let Self { together, pace, .. } = self;
        let (job, others) = (together.first(), together.count() - 1);
        let who = if others == 0 { format!("job `{job}`") } else { format!("job `{job}` and {others} more") };
        let (tally, scanned) = (progress.tally, progress.walk.scanned);
        let text = format!("{who}: {}", line(pace, progress, now));
        tracing::info!(
            %text, %job, others = (others > 0).then_some(others), scanned,
            keys_per_second = pace.keys_per_second(now, scanned), matched = tally.matched, copied = tally.copied,
            replaced = tally.replaced, existing = tally.existing, vanished = tally.vanished, failed = tally.failed, bytes = progress.sizes.payload,
            bytes_per_second = progress.sizes.payload.map(|bytes| pace.bytes_per_second(now, bytes)), share = progress.share,
            left_seconds = pace.time_left().map(|left| left.as_secs()), held_by = %held(progress.held_by), "progress"
        );
    }

    fn log_verification(&self, verifying: Verifying, progress: &Progress, now: Instant) {
        let (job, pace, compared) = (self.together.first(), &self.pace, progress.tally.matched);
        let details = verifying.details(pace, progress, now).join(", ");
        let text = format!("job `{job}`: {details}{}", ending(pace, progress));
        tracing::info!(
            %text, %job, compared, differences = verifying.differences(progress),
            keys_per_second = pace.keys_per_second(now, compared), failed = progress.tally.failed, share = progress.share,
            left_seconds = pace.time_left().map(|left| left.as_secs()), held_by = %held(progress.held_by), "verifying"
        );
    }
}

/// When the next line comes: at a whole minute, or at a multiple of five.
fn next_after(elapsed: Duration) -> Duration {
    let step = if elapsed < LONG { OFTEN } else { SELDOM };
    step * u32::try_from(elapsed.as_secs() / step.as_secs() + 1).unwrap_or(u32::MAX)
}

fn line(pace: &Pace, progress: &Progress, now: Instant) -> String {
    let (tally, scanned) = (progress.tally, progress.walk.scanned);
    let mut text = format!(
        "{} keys scanned, {} keys/s, {} written",
        numbers::count(scanned),
        numbers::count(pace.keys_per_second(now, scanned)),
        numbers::count(tally.copied + tally.replaced),
    );
    let mut add = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("a write to a String cannot fail");
    if tally.failed > 0 {
        add(format_args!(", {} failed", numbers::count(tally.failed)));
    }
    if let Some(bytes) = progress.sizes.payload {
        add(format_args!(", {}/s", numbers::bytes(pace.bytes_per_second(now, bytes))));
    }
    text + &ending(pace, progress)
}

/// The share done, the time left, and what the job waits for.
fn ending(pace: &Pace, progress: &Progress) -> String {
    let done = progress.share.map(|share| format!(", {:.1}% done", share.clamp(0.0, 1.0) * 100.0));
    let left = progress.share.and(pace.time_left()).map(|left| format!(", about {} left", numbers::rough_span(left)));
    format!("{}{}, {}", done.unwrap_or_default(), left.unwrap_or_default(), held(progress.held_by))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Failures;
    use crate::error::Side;
    use crate::error::WaitCause;
    use crate::event::HeldBy;
    use crate::job::{LogMode, VerifyExtra};
    use crate::outcome::{Sizes, Tally, VerifyTally, WalkTally};
    use crate::report::samples;

    /// The lines of a job that starts, and for which these events follow, each some seconds after the start.
    fn logged(events: impl FnOnce(&mut dyn FnMut(&Event<'_>, u32))) -> Vec<String> {
        let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        let (source, facts) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
        let (mut lines, start) = (LogLines::default(), Instant::now());
        let logged = samples::logged(|| {
            let mut hear =
                |event: &Event<'_>, second: u32| lines.hear_at(event, start + Duration::from_secs(second.into()));
            hear(&Event::JobStarted { job: &job, source: &source, destination: &facts, dry_run: false }, 0);
            events(&mut hear);
        });
        logged.lines().map(|line| line.split_once("Z ").unwrap().1.to_owned()).collect()
    }

    fn walked(percent: u32) -> Progress {
        let tally = Tally { copied: 7, failed: 1, ..Tally::default() };
        let walk = WalkTally { scanned: u64::from(percent) * 100, filtered: 0 };
        let sizes = Sizes { payload: Some(u64::from(percent) * 1024), memory: None };
        Progress { tally, walk, sizes, share: Some(f64::from(percent) / 100.0), ..Progress::default() }
    }

    #[test]
    fn the_first_line_comes_after_ten_seconds_and_the_next_after_a_minute() {
        let lines = logged(|hear| {
            (1..=65).for_each(|second| hear(&Event::Progress(&walked(second), &Failures::default()), second));
        });
        assert_eq!(
            lines,
            [
                "job `carts`: 1,000 keys scanned, 100 keys/s, 7 written, 1 failed, 1.0KiB/s, 10.0% done, about 1m30s left, \
                 held by source",
                "job `carts`: 6,000 keys scanned, 100 keys/s, 7 written, 1 failed, 1.0KiB/s, 60.0% done, about 40s left, \
                 held by source",
            ]
        );
    }

    #[test]
    fn lines_back_off_to_one_every_minute_and_then_to_one_every_five() {
        let mut at = Vec::new();
        let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        let mut current = CurrentWalk::new(&job, Instant::now());
        for second in 0..=1800 {
            let due = current.due;
            current.update(&Progress::default(), current.started + Duration::from_secs(second));
            if current.due != due {
                at.push(second);
            }
        }
        assert_eq!(at, [10, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 900, 1200, 1500, 1800]);
    }

    #[test]
    fn a_walk_that_starts_again_has_its_own_rate_and_time_left() {
        let lines = logged(|hear| {
            (1..=48).for_each(|second| hear(&Event::Progress(&walked(2 * second), &Failures::default()), second));
            hear(&Event::WalkRestarted(&samples::restart()), 48);
            (49..=60).for_each(|second| hear(&Event::Progress(&walked(second - 48), &Failures::default()), second));
        });
        let again = [
            "job `carts`: 1,200 keys scanned, 100 keys/s, 7 written, 1 failed, 1.0KiB/s, 12.0% done, about 1m28s left, \
             held by source",
        ];
        assert_eq!(lines[1..], again);
    }

    #[test]
    fn jobs_that_share_a_walk_have_a_line_together() {
        let other = samples::job("orders", Path::new("errors.log"), LogMode::Append);
        let (source, facts) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
        let lines = logged(|hear| {
            hear(&Event::JobStarted { job: &other, source: &source, destination: &facts, dry_run: false }, 0);
            hear(&Event::Progress(&walked(9), &Failures::default()), 9);
            hear(&Event::JobResumed(&samples::job("carts", Path::new("errors.log"), LogMode::Append)), 10);
            hear(&Event::Progress(&walked(10), &Failures::default()), 10);
        });
        assert_eq!(
            lines,
            ["job `carts` and 1 more: 1,900 keys scanned, 190 keys/s, 14 written, 2 failed, 1.8KiB/s, 10.0% done, \
              about 1m30s left, held by source"]
        );
    }

    #[test]
    fn a_verification_has_lines_with_the_keys_compared_and_different() {
        let compared = |percent: u32| {
            let tally = Tally { matched: u64::from(percent) * 100, ..Tally::default() };
            let verified = VerifyTally { missing: 1, extra: 5, ..VerifyTally::default() };
            Progress { tally, verified, share: Some(f64::from(percent) / 100.0), ..Progress::default() }
        };
        let mut job = samples::job("orders", Path::new("errors.log"), LogMode::Append);
        job.verify.extra = VerifyExtra::Ignore;
        let lines = logged(|hear| {
            (1..=9).for_each(|second| hear(&Event::Progress(&walked(10 * second), &Failures::default()), second));
            hear(&Event::VerifyStarted(&job), 9);
            (1..=10).for_each(|second| hear(&Event::Progress(&compared(second), &Failures::default()), 9 + second));
        });
        let expected = "job `orders`: verifying: 1,000 keys compared, 1 difference, 100 keys/s, 10.0% done, \
                        about 1m30s left, held by source";
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn a_server_that_does_not_answer_is_shown_with_the_time_since() {
        let lines = logged(|hear| {
            (1..=5).for_each(|second| hear(&Event::Progress(&walked(second), &Failures::default()), second));
            for second in 6..=60 {
                let duration = Duration::from_secs((second - 5).into());
                let held_by = HeldBy::Wait { side: Side::Destination, cause: WaitCause::Disconnected, duration };
                hear(&Event::Progress(&Progress { held_by, ..walked(5) }, &Failures::default()), second);
            }
        });
        assert_eq!(
            lines,
            [
                "job `carts`: 500 keys scanned, 50 keys/s, 7 written, 1 failed, 512B/s, 5.0% done, about 1m35s left, \
                 destination: disconnected for 5s",
                "job `carts`: 500 keys scanned, 0 keys/s, 7 written, 1 failed, 0B/s, 5.0% done, about 1m35s left, \
                 destination: disconnected for 55s",
            ]
        );
    }

    #[test]
    fn without_a_share_no_time_left_is_shown() {
        let start = Instant::now();
        let text = line(&Pace::new(start, Duration::ZERO), &Progress::default(), start + Duration::from_secs(10));
        assert_eq!(text, "0 keys scanned, 0 keys/s, 0 written, 0B/s, held by source");
    }
}
