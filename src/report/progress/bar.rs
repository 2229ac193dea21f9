//! A progress bar for each job.

use std::io;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::held::held;
use super::layout::{Shown, layout};
use super::pace::Pace;
use super::together::Together;
use super::verifying::Verifying;
use crate::error::Stop;
use crate::event::{Event, Listener, Progress};
use crate::job::Job;
use crate::report::look::Look;
use crate::report::{Screen, numbers};

/// Shows a bar for the current job: which of how many, share done, time left, rates, outcomes, and what holds it back.
/// Jobs that share a walk have one bar.
pub(super) struct Bars {
    screen: Screen,
    jobs: Vec<String>,
    current: Option<Bar>,
}

struct Bar {
    drawn: ProgressBar,
    together: Together,
    /// Which job of how many, and its name.
    label: String,
    started: Instant,
    pace: Pace,
    /// `None` while keys are moved.
    verifying: Option<Verifying>,
}

impl Bars {
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, jobs: Vec::new(), current: None }
    }

    fn width(&self) -> usize {
        Look::of(&io::stderr(), self.screen.colours()).width
    }

    /// Shows a bar for one more job that shares the walk, or for the verification of a job.
    fn show(&mut self, mut bar: Bar) {
        bar.label = label(&self.jobs, &bar.together);
        bar.update(&Progress::default(), Instant::now(), self.width());
        self.current = Some(bar);
    }

    fn new_bar(&self, job: &Job) -> Bar {
        let drawn = self.screen.show(ProgressBar::no_length().with_style(only_message()));
        Bar::new(drawn, Together::new(&job.name), Instant::now(), job.sleep)
    }
}

/// Which jobs of how many share the walk, and their names.
fn label(jobs: &[String], together: &Together) -> String {
    let (job, others) = (together.first(), together.count() - 1);
    let number = jobs.iter().position(|name| name == job).map_or(1, |at| at + 1);
    let all = jobs.len().max(1);
    match others {
        0 => format!("{number}/{all} {job}"),
        others => format!("{number}-{}/{all} {job} and {others} more", number + others),
    }
}

impl Listener for Bars {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::RunStarted { jobs, .. } => self.jobs = jobs.iter().map(|job| job.name.clone()).collect(),
            Event::JobStarted { job, .. } => {
                let bar = self.current.take().map_or_else(|| self.new_bar(job), |bar| bar.with(job));
                self.show(bar);
            }
            Event::VerifyStarted(job) => {
                drop(self.current.take());
                let bar = self.new_bar(job);
                self.show(bar.verifying(job));
            }
            Event::JobResumed(job) => {
                if let Some(bar) = &mut self.current {
                    bar.together.resume(&job.name);
                }
            }
            Event::Progress(progress, _) => {
                let width = self.width();
                if let Some(bar) = &mut self.current {
                    bar.update(progress, Instant::now(), width);
                }
            }
            Event::WalkRestarted(_) => {
                if let Some(bar) = &mut self.current {
                    bar.pace.restart(Instant::now());
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
    fn new(drawn: ProgressBar, together: Together, now: Instant, pause: Duration) -> Self {
        Self { drawn, together, label: String::new(), started: now, pace: Pace::new(now, pause), verifying: None }
    }

    /// The same bar with one more job that shares the walk.
    fn with(mut self, job: &Job) -> Self {
        self.together.add(&job.name);
        self
    }

    /// The same bar for the verification of the job.
    fn verifying(mut self, job: &Job) -> Self {
        self.verifying = Some(Verifying::new(job));
        self
    }

    fn update(&mut self, progress: &Progress, now: Instant, width: usize) {
        let progress = self.together.record(progress);
        let keys = if self.verifying.is_some() { progress.tally.matched } else { progress.walk.scanned };
        self.pace.record(now, &progress, keys);
        self.drawn.set_message(layout(&self.shown(&progress, now), width));
    }

    fn shown(&self, progress: &Progress, now: Instant) -> Shown {
        let time = match self.pace.time_left() {
            Some(left) => format!("{} left", numbers::rough_span(left)),
            None => numbers::rough_span(now.duration_since(self.started)),
        };
        Shown { job: self.label.clone(), share: progress.share, time, details: self.details(progress, now) }
    }

    fn details(&self, progress: &Progress, now: Instant) -> Vec<String> {
        let details = match self.verifying {
            Some(verifying) => verifying.details(&self.pace, progress, now),
            None => self.moved(progress, now),
        };
        details.into_iter().chain([held(progress.held_by)]).collect()
    }

    fn moved(&self, progress: &Progress, now: Instant) -> Vec<String> {
        let tally = progress.tally;
        let keys = self.pace.keys_per_second(now, progress.walk.scanned);
        let bytes = progress.sizes.payload.map(|bytes| self.pace.bytes_per_second(now, bytes));
        let count = |number: u64, word| format!("{} {word}", numbers::count(number));
        let if_any = |number: u64, word| (number > 0).then(|| count(number, word));
        let all = [
            Some(count(keys, "keys/s")),
            bytes.map(|bytes| numbers::bytes(bytes) + "/s"),
            Some(count(tally.copied, "copied")),
            if_any(tally.replaced, "replaced"),
            if_any(tally.existing, "existing"),
            Some(count(tally.failed, "failed")),
        ];
        all.into_iter().flatten().collect()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.drawn.finish_and_clear();
    }
}

fn only_message() -> ProgressStyle {
    ProgressStyle::with_template("{msg}").expect("the template is well formed")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Side;
    use crate::error::WaitCause;
    use crate::event::HeldBy;
    use crate::job::LogMode;
    use crate::outcome::{Sizes, Tally, VerifyTally, WalkTally};
    use crate::report::samples;

    fn bar(start: Instant) -> Bar {
        let mut bar = Bar::new(ProgressBar::hidden(), Together::new("carts"), start, Duration::ZERO);
        bar.label = "2/5 carts".to_owned();
        bar
    }

    fn progress(scanned: u64, failed: u64, share: Option<f64>) -> Progress {
        let tally = Tally { copied: scanned - failed, failed, ..Tally::default() };
        let sizes = Sizes { payload: Some(scanned * 2048), memory: None };
        Progress { tally, walk: WalkTally { scanned, filtered: 0 }, sizes, share, ..Progress::default() }
    }

    fn message(bar: &mut Bar, progress: &Progress, now: Instant) -> String {
        bar.update(progress, now, 140);
        bar.drawn.message()
    }

    #[test]
    fn a_bar_shows_which_job_share_time_left_rates_outcomes_and_what_holds_it_back() {
        let start = Instant::now();
        let mut bar = bar(start);
        let first = message(&mut bar, &progress(5000, 0, Some(0.25)), start + Duration::from_secs(5));
        let expected = "2/5 carts [=======>                      ]  25%  15s left  \
                        1,000 keys/s, 1.9MiB/s, 5,000 copied, 0 failed, held by source";
        assert_eq!(first, expected);
        let second = message(&mut bar, &progress(6000, 2, None), start + Duration::from_secs(6));
        assert_eq!(second, "2/5 carts  6s  1,000 keys/s, 1.9MiB/s, 5,998 copied, 2 failed, held by source");
    }

    #[test]
    fn the_bar_of_a_shared_walk_shows_which_jobs_of_how_many() {
        let jobs = ["carts", "orders", "users", "rest"].map(str::to_owned);
        let mut together = Together::new("orders");
        assert_eq!(label(&jobs, &together), "2/4 orders");
        together.add("users");
        together.add("rest");
        assert_eq!(label(&jobs, &together), "2-4/4 orders and 2 more");
    }

    #[test]
    fn the_bar_of_a_verification_shows_what_was_compared_and_what_differs() {
        let start = Instant::now();
        let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        let mut bar = bar(start).verifying(&job);
        let tally = Tally { matched: 5000, failed: 2, ..Tally::default() };
        let verified = VerifyTally { equal: 4990, missing: 5, extra: 3, ..VerifyTally::default() };
        let progress = Progress { tally, verified, share: Some(0.25), ..Progress::default() };
        let expected = "2/5 carts [======>                   ]  25%  15s left  \
                        verifying: 5,000 keys compared, 8 differences, 1,000 keys/s, 2 failed, held by source";
        assert_eq!(message(&mut bar, &progress, start + Duration::from_secs(5)), expected);
    }

    #[test]
    fn a_walk_that_starts_again_starts_at_zero() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut bar = bar(start);
        message(&mut bar, &progress(5000, 1, Some(0.25)), after(5));
        bar.pace.restart(after(6));
        let again = message(&mut bar, &progress(0, 0, Some(0.0)), after(6));
        assert!(again.contains("  0%  6s  0 keys/s, 0B/s, 0 copied, 0 failed, held by source"), "{again}");
        let later = message(&mut bar, &progress(200, 0, Some(0.1)), after(8));
        assert!(later.contains(" 10%  18s left  100 keys/s, 200.0KiB/s, 200 copied, "), "{later}");
    }

    #[test]
    fn a_bar_shows_how_long_a_server_has_not_answered() {
        let start = Instant::now();
        let duration = Duration::from_secs(7);
        let held_by = HeldBy::Wait { side: Side::Source, cause: WaitCause::NoAnswer, duration };
        let waits = Progress { held_by, ..progress(5000, 0, None) };
        let shown = message(&mut bar(start), &waits, start + Duration::from_secs(5));
        assert!(shown.ends_with("0 failed, source: no answer for 7s"), "{shown}");
    }

    #[test]
    fn a_dry_run_that_reads_no_values_has_no_bytes_and_what_else_happened_is_counted() {
        let start = Instant::now();
        let tally = Tally { replaced: 3, existing: 4, ..Tally::default() };
        let progress = Progress { tally, sizes: Sizes::in_memory(), ..progress(5000, 0, None) };
        let shown = message(&mut bar(start), &progress, start + Duration::from_secs(5));
        assert_eq!(shown, "2/5 carts  5s  1,000 keys/s, 0 copied, 3 replaced, 4 existing, 0 failed, held by source");
    }
}
