//! Progress without a terminal: a log line every ten seconds.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::held::held;
use super::pace::Pace;
use crate::error::Stop;
use crate::event::{Event, Listener, Progress};
use crate::report::numbers;

/// The time between two lines, and before the first one.
const INTERVAL: Duration = Duration::from_secs(10);

/// Logs the progress of the current job every ten seconds.
#[derive(Default)]
pub(super) struct LogLines {
    current: Option<CurrentJob>,
}

struct CurrentJob {
    job: String,
    pace: Pace,
    last: Instant,
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
            Event::JobStarted { job, .. } => {
                self.current = Some(CurrentJob { job: job.name.clone(), pace: Pace::new(now, job.sleep), last: now });
            }
            Event::Progress(progress) => {
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

impl CurrentJob {
    fn update(&mut self, progress: &Progress, now: Instant) {
        self.pace.record(now, progress);
        if now.duration_since(self.last) >= INTERVAL {
            self.last = now;
            self.log(progress, now);
        }
    }
}

impl CurrentJob {
    fn log(&self, progress: &Progress, now: Instant) {
        let Self { job, pace, .. } = self;
        let (tally, scanned) = (progress.tally, progress.walk.scanned);
        let text = format!("job `{job}`: {}", line(pace, progress, now));
        tracing::info!(
            %text, %job, scanned, keys_per_second = pace.keys_per_second(now, scanned), matched = tally.matched,
            copied = tally.copied, replaced = tally.replaced, existing = tally.existing, vanished = tally.vanished,
            failed = tally.failed, bytes = progress.sizes.payload, share = progress.share,
            left_seconds = pace.time_left().map(|left| left.as_secs()), held_by = %held(progress.held_by), "progress"
        );
    }
}

fn line(pace: &Pace, progress: &Progress, now: Instant) -> String {
    let (tally, scanned) = (progress.tally, progress.walk.scanned);
    let mut text = format!(
        "{scanned} keys scanned, {} keys/s, {} written",
        pace.keys_per_second(now, scanned),
        tally.copied + tally.replaced,
    );
    let mut add = |part: std::fmt::Arguments<'_>| text.write_fmt(part).expect("a write to a String cannot fail");
    if tally.failed > 0 {
        add(format_args!(", {} failed", tally.failed));
    }
    if let Some(share) = progress.share {
        add(format_args!(", {:.1}% done", share.clamp(0.0, 1.0) * 100.0));
        if let Some(left) = pace.time_left() {
            add(format_args!(", about {} left", numbers::rough_span(left)));
        }
    }
    text + ", " + &held(progress.held_by)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Side;
    use crate::error::WaitCause;
    use crate::event::HeldBy;
    use crate::job::LogMode;
    use crate::outcome::{Tally, WalkTally};
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
        Progress { tally, walk, share: Some(f64::from(percent) / 100.0), ..Progress::default() }
    }

    #[test]
    fn the_first_line_comes_after_ten_seconds_and_then_one_every_ten() {
        let lines = logged(|hear| (1..=25).for_each(|second| hear(&Event::Progress(&walked(second)), second)));
        assert_eq!(
            lines,
            [
                "job `carts`: 1000 keys scanned, 100 keys/s, 7 written, 1 failed, 10.0% done, about 1m30s left, held by source",
                "job `carts`: 2000 keys scanned, 100 keys/s, 7 written, 1 failed, 20.0% done, about 1m20s left, held by source",
            ]
        );
    }

    #[test]
    fn a_walk_that_starts_again_has_its_own_rate_and_time_left() {
        let lines = logged(|hear| {
            (1..=18).for_each(|second| hear(&Event::Progress(&walked(5 * second)), second));
            hear(&Event::WalkRestarted(&samples::restart()), 18);
            (19..=30).for_each(|second| hear(&Event::Progress(&walked(second - 18)), second));
        });
        let again = [
            "job `carts`: 200 keys scanned, 100 keys/s, 7 written, 1 failed, 2.0% done, about 1m38s left, held by source",
            "job `carts`: 1200 keys scanned, 100 keys/s, 7 written, 1 failed, 12.0% done, about 1m28s left, held by source",
        ];
        assert_eq!(lines[1..], again);
    }

    #[test]
    fn a_server_that_does_not_answer_is_shown_with_the_time_since() {
        let lines = logged(|hear| {
            (1..=5).for_each(|second| hear(&Event::Progress(&walked(second)), second));
            for second in 6..=20 {
                let duration = Duration::from_secs((second - 5).into());
                let held_by = HeldBy::Wait { side: Side::Destination, cause: WaitCause::Disconnected, duration };
                hear(&Event::Progress(&Progress { held_by, ..walked(5) }), second);
            }
        });
        assert_eq!(
            lines,
            [
                "job `carts`: 500 keys scanned, 50 keys/s, 7 written, 1 failed, 5.0% done, about 1m35s left, destination: disconnected for 5s",
                "job `carts`: 500 keys scanned, 0 keys/s, 7 written, 1 failed, 5.0% done, about 1m35s left, destination: disconnected for 15s",
            ]
        );
    }

    #[test]
    fn without_a_share_no_time_left_is_shown() {
        let start = Instant::now();
        let text = line(&Pace::new(start, Duration::ZERO), &Progress::default(), start + Duration::from_secs(10));
        assert_eq!(text, "0 keys scanned, 0 keys/s, 0 written, held by source");
    }
}
