//! The report of a run that has not ended.

use std::time::{Duration, Instant, SystemTime};

use super::FORMAT_VERSION;
use super::document::{EvictedReport, JobReport, Report, State, Timings, Totals, VerificationReport};
use super::fill::{configuration, destination, failures, source};
use super::values::{Moment, Seconds};
use crate::error::{Failures, Stop};
use crate::event::{Event, Evicted, Progress, Verification, Warning};
use crate::job::{Job, VerifyExtra};
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
    /// Since its verification began.
    verified: Instant,
}

impl Running {
    pub(super) fn new(dry_run: bool, verify: bool, jobs: &[&Job], warnings: &[Warning]) -> Self {
        let report = Report {
            format_version: FORMAT_VERSION,
            program_version: env!("CARGO_PKG_VERSION"),
            state: State::Running,
            started: Moment(SystemTime::now()),
            ended: None,
            duration_seconds: Seconds(Duration::ZERO),
            dry_run,
            verify,
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
            Event::VerifyStarted(job) => {
                self.verify(job);
                return true;
            }
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
        let now = Instant::now();
        self.current = Some(Current { job: index, clock: now, verified: now });
    }

    /// From now on, progress is about the verification of the job.
    fn verify(&mut self, job: &Job) {
        let Some(index) = self.job(&job.name) else { return };
        let now = Instant::now();
        let clock = self.current.as_ref().map_or(now, |current| current.clock);
        self.current = Some(Current { job: index, clock, verified: now });
        let ignores_extra = job.verify.extra == VerifyExtra::Ignore;
        let begun = VerificationReport::so_far(&Progress::default(), ignores_extra, Duration::ZERO);
        self.report.jobs[index].verification = Some(begun);
    }

    /// Jobs that share a walk have started at about the same time.
    fn resume(&mut self, job: &Job) {
        if let (Some(index), Some(current)) = (self.job(&job.name), &mut self.current) {
            current.job = index;
        }
    }

    /// Every call is cheap, because there are many in a second.
    fn is_due(&mut self, progress: &Progress, failed: &Failures) -> bool {
        let Some(Current { job, clock, verified }) = &self.current else { return false };
        let job = &mut self.report.jobs[*job];
        if let Some(found) = &mut job.verification {
            *found = VerificationReport::so_far(progress, found.ignores_extra, verified.elapsed());
        } else {
            job.move_on(progress);
        }
        // The failures of a job that moves keys remain those of its walk until it has ended.
        if self.report.verify || job.verification.is_none() {
            job.failures = failures(failed);
            job.unlisted_failures = failed.unlisted();
        }
        if let Some(timings) = &mut job.timings {
            let moved = if self.report.verify { progress.tally.matched } else { job.outcomes.matched };
            timings.seconds = Seconds(clock.elapsed());
            timings.keys_per_second = numbers::per_second(moved, clock.elapsed());
        }
        self.written.elapsed() >= INTERVAL
    }
}

impl VerificationReport {
    /// Of a verification that has not ended.
    fn so_far(progress: &Progress, ignores_extra: bool, duration: Duration) -> Self {
        let Progress { tally, verified, .. } = *progress;
        let found = Verification {
            matched: tally.matched,
            tally: verified,
            vanished: tally.vanished,
            failed: tally.failed,
            sample: None,
            ignores_extra,
            is_complete: false,
            duration,
        };
        (&found).into()
    }
}

impl JobReport {
    /// The progress of the walk.
    fn move_on(&mut self, progress: &Progress) {
        self.outcomes = progress.tally;
        self.walk = progress.walk;
        self.bytes = progress.sizes.payload;
        self.memory_bytes = progress.sizes.memory;
        self.payloads = progress.payloads;
        self.libraries = progress.libraries;
    }

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
            verification: None,
            restarts: Vec::new(),
            timings: None,
            source: source(&job.source, None),
            destination: destination(job, None),
            configuration: configuration(job),
        }
    }
}
