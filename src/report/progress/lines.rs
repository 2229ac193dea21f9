//! Progress without a terminal: a log line every ten seconds.

use std::fmt::Write;
use std::time::{Duration, Instant};

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
                self.current = Some(CurrentJob { job: job.name.clone(), pace: Pace::new(now), last: now });
            }
            Event::Progress(progress) => {
                if let Some(current) = &mut self.current {
                    current.update(progress, now);
                }
            }
            Event::JobEnded(_) => self.current = None,
            _ => {}
        }
    }
}

impl CurrentJob {
    fn update(&mut self, progress: &Progress, now: Instant) {
        self.pace.record(now, progress.walk.scanned);
        if now.duration_since(self.last) >= INTERVAL {
            self.last = now;
            tracing::info!("job `{}`: {}", self.job, line(&self.pace, progress, now));
        }
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
        if let Some(left) = pace.time_left(now, share) {
            add(format_args!(", about {} left", numbers::rough_span(left)));
        }
    }
    add(format_args!(", held by {}", progress.held_by));
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::job::LogMode;
    use crate::outcome::{Tally, WalkTally};
    use crate::report::samples;

    #[test]
    fn the_first_line_comes_after_ten_seconds_and_then_one_every_ten() {
        let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        let (source, facts) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
        let start = Instant::now();
        let mut lines = LogLines::default();
        let logged = samples::logged(|| {
            lines
                .hear_at(&Event::JobStarted { job: &job, source: &source, destination: &facts, dry_run: false }, start);
            for second in 1..=25_u32 {
                let tally = Tally { copied: 7, failed: 1, ..Tally::default() };
                let walk = WalkTally { scanned: u64::from(second) * 100, filtered: 0 };
                let progress = Progress { tally, walk, share: Some(f64::from(second) / 100.0), ..Progress::default() };
                lines.hear_at(&Event::Progress(&progress), start + Duration::from_secs(second.into()));
            }
        });
        let logged: Vec<_> = logged.lines().map(|line| line.split_once("Z ").unwrap().1).collect();
        assert_eq!(
            logged,
            [
                "job `carts`: 1000 keys scanned, 100 keys/s, 7 written, 1 failed, 10.0% done, about 1m30s left, held by source",
                "job `carts`: 2000 keys scanned, 100 keys/s, 7 written, 1 failed, 20.0% done, about 1m20s left, held by source",
            ]
        );
    }

    #[test]
    fn without_a_share_no_time_left_is_shown() {
        let start = Instant::now();
        let text = line(&Pace::new(start), &Progress::default(), start + Duration::from_secs(10));
        assert_eq!(text, "0 keys scanned, 0 keys/s, 0 written, held by source");
    }
}
