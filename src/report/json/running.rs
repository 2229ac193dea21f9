//! The report of a run that has not ended.

use std::time::{Duration, Instant, SystemTime};

use super::FORMAT_VERSION;
use super::document::{EvictedReport, JobReport, Report, State, Timings, Totals};
use super::fill::{configuration, destination, failures, source};
use super::values::{Moment, Seconds};
use crate::error::{Failures, Stop};
use crate::event::{Event, Evicted, Progress, Warning};
use crate::job::Job;
use crate::outcome::{ByType, LibraryTally, PayloadTally, Sizes, Tally, WalkTally};
use crate::report::{StatusWord, numbers};
use crate::server::ServerFacts;
use crate::source::SourceFacts;

/// How often the report is renewed.
const INTERVAL: Duration = Duration::from_secs(10);

/// The report of a run that has not ended.
pub(super) struct Running {
    report: Report,
    clock: Instant,
    written: Instant,
    /// Whether a report could not be written.
    has_failed: bool,
    current: Option<Current>,
}

/// The job that runs.
struct Current {
    job: usize,
    clock: Instant,
}

impl Running {
    pub(super) fn new(dry_run: bool, jobs: &[&Job], warnings: &[Warning]) -> Self {
        let report = Report {
            format_version: FORMAT_VERSION,
            program_version: env!("CARGO_PKG_VERSION"),
            state: State::Running,
            started: Moment(SystemTime::now()),
            ended: None,
            duration_seconds: Seconds(Duration::ZERO),
            dry_run,
            exit_code: None,
            totals: Totals { outcomes: Tally::default(), bytes: None, memory_bytes: None },
            warnings: warnings.to_vec(),
            jobs: jobs.iter().map(|job| JobReport::waiting(job)).collect(),
        };
        let now = Instant::now();
        Self { report, clock: now, written: now, has_failed: false, current: None }
    }

    /// Applies an event. Returns whether it is time for a new report.
    pub(super) fn is_changed_by(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::JobStarted { job, source, destination, .. } => {
                self.start(job, source, destination);
                return true;
            }
            Event::JobResumed(job) => self.resume(job),
            Event::Progress(progress, failures) => return self.is_due(progress, failures),
            Event::Warned(warning) => self.report.warnings.push((*warning).clone()),
            Event::JobEnded(summary) => {
                self.current = None;
                if let Some(job) = self.job(&summary.job.name) {
                    self.report.jobs[job] = (*summary).into();
                }
            }
            _ => {}
        }
        false
    }

    /// Warns once if reports cannot be written. The last one decides whether the run fails.
    pub(super) fn was_written(&mut self, written: Result<(), Stop>) {
        if let Err(stop) = written
            && !std::mem::replace(&mut self.has_failed, true)
        {
            tracing::warn!("the report of the running jobs is out of date: {stop}");
        }
    }

    /// The text of the file.
    pub(super) fn render(&mut self) -> String {
        self.written = Instant::now();
        let report = &mut self.report;
        report.duration_seconds = Seconds(self.clock.elapsed());
        report.totals.outcomes = report.jobs.iter().fold(Tally::default(), |sum, job| sum + job.outcomes);
        let sizes = |job: &JobReport| Sizes { payload: job.bytes, memory: job.memory_bytes };
        let sizes: Sizes = report.jobs.iter().map(sizes).sum();
        (report.totals.bytes, report.totals.memory_bytes) = (sizes.payload, sizes.memory);
        report.to_json()
    }

    fn job(&self, name: &str) -> Option<usize> {
        self.report.jobs.iter().position(|job| job.name == name)
    }

    fn start(&mut self, job: &Job, found_source: &SourceFacts, found_destination: &ServerFacts) {
        let Some(index) = self.job(&job.name) else { return };
        self.report.jobs[index] = JobReport {
            status: StatusWord::Running,
            source: source(&job.source, Some(found_source)),
            destination: destination(job, Some(found_destination)),
            timings: Some(Timings {
                started: Moment(SystemTime::now()),
                ended: None,
                seconds: Seconds(Duration::ZERO),
                keys_per_second: None,
            }),
            ..JobReport::waiting(job)
        };
        self.current = Some(Current { job: index, clock: Instant::now() });
    }

    /// Jobs that share a walk have started at about the same time.
    fn resume(&mut self, job: &Job) {
        if let (Some(index), Some(current)) = (self.job(&job.name), &mut self.current) {
            current.job = index;
        }
    }

    /// Every call is cheap, because there are many in a second.
    fn is_due(&mut self, progress: &Progress, failed: &Failures) -> bool {
        let Some(Current { job, clock }) = &self.current else { return false };
        let job = &mut self.report.jobs[*job];
        job.outcomes = progress.tally;
        job.walk = progress.walk;
        job.failures = failures(failed);
        job.unlisted_failures = failed.unlisted();
        job.bytes = progress.sizes.payload;
        job.memory_bytes = progress.sizes.memory;
        job.payloads = progress.payloads;
        job.libraries = progress.libraries;
        if let Some(timings) = &mut job.timings {
            timings.seconds = Seconds(clock.elapsed());
            timings.keys_per_second = numbers::per_second(progress.tally.matched, clock.elapsed());
        }
        self.written.elapsed() >= INTERVAL
    }
}

impl JobReport {
    /// A job that has not started.
    fn waiting(job: &Job) -> Self {
        Self {
            name: job.name.clone(),
            status: StatusWord::Waiting,
            reason: None,
            reasons: Vec::new(),
            outcomes: Tally::default(),
            walk: WalkTally::default(),
            failures: Vec::new(),
            unlisted_failures: 0,
            by_type: ByType::new(),
            bytes: Some(0),
            memory_bytes: None,
            estimated_seconds: None,
            payloads: PayloadTally::default(),
            libraries: LibraryTally::default(),
            waits: Vec::new(),
            evicted: EvictedReport::from(Evicted::default()),
            restarts: Vec::new(),
            timings: None,
            source: source(&job.source, None),
            destination: destination(job, None),
            configuration: configuration(job),
        }
    }
}
