//! Runs jobs one after the other.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use super::checkpoint::{Checkpoints, Resume, Walk};
use super::connect::{Known, connect};
use super::endpoints::Endpoints;
use super::evictions::evicted;
use super::interrupted::unless_interrupted;
use super::preflight::Examined;
use super::recorder::{Recorder, add_stop};
use super::sharing::with_sharing;
use super::verification::{Verify, verification};
use super::verified::{only_verified, verify_after};
use super::walks::{How, Walks, walk, warn};
use super::{Shutdown, unmatched};
use crate::engine::{Ended, Repair};
use crate::error::{Failures, Stop};
use crate::event::{Event, Evicted, JobSummary, Listener, Obstacle, RunSummary, Status, TooFewKeys, Totals};
use crate::job::Job;
use crate::outcome::{ByType, FileStatus, FileTally, LibraryTally, PayloadTally, Sizes, Tally, WalkTally};
use crate::source::SourceFacts;

/// Options of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write nothing, report what a run would do.
    pub dry_run: bool,
    /// Move nothing, and verify every job instead.
    pub verify: Option<VerifyOptions>,
    /// Continue with the next job after one that was refused or stopped.
    pub keep_going: bool,
    /// Whether to continue an earlier run.
    pub resume: Resume,
    /// Start from the beginning, although there is the record of an earlier run.
    pub discard_checkpoint: bool,
    /// The longest time that the run may take.
    pub max_duration: Option<Duration>,
}

/// Options of a run that verifies jobs, and moves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyOptions {
    /// What is copied again.
    pub repair: Option<Repair>,
}

/// Runs jobs in order. A job that pre-flight refused is not run; without `keep_going`, the other jobs are not run
/// either.
///
/// The result next to the summary is an error if a listener failed at `RunStarted` or `RunEnded`.
pub async fn run(
    examined: Examined,
    options: Options,
    checkpoints: Checkpoints<Walk>,
    listener: &mut dyn Listener,
    shutdown: &Shutdown,
) -> (RunSummary, Result<(), Stop>) {
    let (started, clock, refused) = (SystemTime::now(), Instant::now(), examined.obstacle(options.keep_going));
    let mut recorder = Recorder::new(listener, examined.warnings, checkpoints);
    let begun = begin(&examined.jobs, options, &mut recorder);
    let mut obstacle = if begun.is_err() { Some(Obstacle::Output) } else { refused };
    let all: Vec<Job> = examined.jobs.iter().map(|(job, _)| job.clone()).collect();
    let (mut jobs, mut waiting) = (Vec::with_capacity(all.len()), VecDeque::from(examined.jobs));
    let (servers, mut known) = (examined.servers, Known::default());
    while let Some((job, refusal)) = waiting.pop_front() {
        let summaries = match skip(&job, refusal, obstacle.as_ref(), &mut recorder) {
            Some(Skip::Status(status)) => vec![not_run(job, status)],
            Some(Skip::Finished(totals)) => vec![finished(job, *totals)],
            None => {
                let group = if options.verify.is_some() { vec![job] } else { with_sharing(job, &mut waiting) };
                known.expect(servers.get(&group[0].name).cloned(), recorder.warnings_of(&group[0]));
                let running = run_jobs(group, (options, &all), &mut known, &mut recorder, shutdown);
                let (summaries, left) = Box::pin(running).await;
                left.into_iter().rev().for_each(|job| waiting.push_front((job, None)));
                summaries
            }
        };
        let is_shared = summaries.len() > 1;
        jobs.extend(summaries.into_iter().map(|summary| end_job(summary, is_shared, &mut recorder)));
        obstacle = obstacle.or_else(|| jobs.iter().find_map(|job| obstacle_after(job, options.keep_going)));
    }
    let closed = recorder.close(&jobs);
    let (Recorder { listener, warnings, .. }, duration) = (recorder, clock.elapsed());
    let (dry_run, verify) = (options.dry_run, options.verify.is_some());
    let summary = RunSummary { started, duration, dry_run, verify, jobs, warnings };
    let result = begun.and(closed).and(listener.hear(&Event::RunEnded(&summary)));
    (summary, result)
}

/// Why a job is not run: its status, or what an earlier run counted that has finished it.
enum Skip {
    Status(Status),
    Finished(Box<Totals>),
}

fn skip(job: &Job, refusal: Option<Stop>, obstacle: Option<&Obstacle>, recorder: &mut Recorder<'_>) -> Option<Skip> {
    let status = why_not(job, refusal, obstacle).map(Skip::Status);
    status.or_else(|| recorder.recording.finished(job).map(Box::new).map(Skip::Finished))
}

/// Why a job is not run, if that is known before.
fn why_not(job: &Job, refusal: Option<Stop>, obstacle: Option<&Obstacle>) -> Option<Status> {
    if job.enabled {
        refusal.map(Status::Refused).or_else(|| obstacle.cloned().map(Status::NotRun))
    } else {
        Some(Status::NotRun(Obstacle::Disabled))
    }
}

fn begin(jobs: &[(Job, Option<Stop>)], options: Options, recorder: &mut Recorder<'_>) -> Result<(), Stop> {
    let jobs: Vec<&Job> = jobs.iter().map(|(job, _)| job).collect();
    let warnings = recorder.warnings.clone();
    let dry_run = options.dry_run;
    recorder.hear(&Event::RunStarted { dry_run, verify: options.verify.is_some(), jobs: &jobs, warnings: &warnings })
}

/// Runs jobs that may share a walk. If they cannot be connected, only the first was run, and the others are left.
async fn run_jobs(
    mut jobs: Vec<Job>,
    (options, all): (Options, &[Job]),
    known: &mut Known,
    recorder: &mut Recorder<'_>,
    shutdown: &Shutdown,
) -> (Vec<JobSummary>, Vec<Job>) {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let connected = unless_interrupted(shutdown, Box::pin(connect(&jobs[0], known))).await;
    let begun = connected.and_then(|connected| Ok((recorder.record_begin(&jobs, &connected.0)?, connected)));
    let (earlier, (endpoints, warnings)) = match begun {
        Ok(begun) => begun,
        Err(stop) => {
            let first = not_connected(jobs.remove(0), stop, started, clock.elapsed());
            return (vec![JobSummary { waits: recorder.take_waits(), ..first }], jobs);
        }
    };
    let facts = endpoints.source().facts();
    for job in &mut jobs {
        job.selection.char_sign = facts.char_sign();
    }
    let warned = warn(&jobs[0], warnings, recorder).and(warn_of_aof(&jobs[0], &facts, recorder));
    let walking = walk(&jobs, endpoints, how(options, all), (known, earlier), recorder, shutdown);
    let Walks { endpoints, ended, restarts } = Box::pin(walking).await;
    let waits = recorder.take_waits();
    let mut summaries = Vec::with_capacity(jobs.len());
    for (job, (ended, restarts)) in jobs.into_iter().zip(ended.into_iter().zip(restarts)) {
        let verified = options.verify.map(|_| verification(&job, &ended, clock.elapsed()));
        let summary = ended_job(job, &endpoints, (ended, warned.clone()), recorder, shutdown).await;
        let summary = only_verified(summary, verified);
        let (waits, started, duration) = (waits.clone(), Some(started), clock.elapsed());
        summaries.push(JobSummary { waits, restarts, started, duration, ..summary });
    }
    if options.verify.is_none() && !options.dry_run {
        verify_after(&mut summaries, (endpoints, all), known, recorder, shutdown).await;
    }
    recorder.record_ends(&mut summaries);
    (summaries, Vec::new())
}

/// How the keys of jobs are walked. `all` are the jobs of the run.
fn how(options: Options, all: &[Job]) -> How<'_> {
    let verify = options.verify.map(|VerifyOptions { repair }| Verify { repair, jobs: all });
    How { is_dry_run: options.dry_run, keep_going: options.keep_going, is_begun: false, verify }
}

/// The summary of a job after its walk.
async fn ended_job(
    job: Job,
    endpoints: &Endpoints,
    (ended, warned): (Ended, Result<(), Stop>),
    listener: &mut dyn Listener,
    shutdown: &Shutdown,
) -> JobSummary {
    let unmatched = unmatched::warning(&job, endpoints.source(), &ended).await;
    let Ended { progress, by_type, failures, mut warnings, stops, sample_rate, .. } = ended;
    let (evicted, of_evictions) = evicted(endpoints, &stops).await;
    warnings.extend(unmatched.into_iter().chain(of_evictions).chain(not_read(&endpoints.files())));
    let stops = stops.into_iter().chain(warned.and(warn(&job, warnings, listener)).err()).collect();
    let (stops, is_sample) = (with_signal(stops, shutdown), sample_rate.is_some());
    let status = status(&job, &progress.tally, is_sample, stops);
    JobSummary {
        source: Some(endpoints.source().facts()),
        destination: Some(endpoints.destination.facts().clone()),
        tally: progress.tally,
        walk: progress.walk,
        by_type,
        sizes: progress.sizes,
        payloads: progress.payloads,
        libraries: progress.libraries,
        failures,
        files: endpoints.files(),
        evicted,
        ..not_run(job, status)
    }
}

/// The summary of a job that an earlier run has finished.
fn finished(job: Job, totals: Totals) -> JobSummary {
    let Totals { tally, walk, bytes, payloads, by_type, failures, .. } = totals;
    let sizes = Sizes { payload: Some(bytes), memory: None };
    JobSummary { tally, walk, by_type, sizes, payloads, failures, ..not_run(job, Status::Done) }
}

fn not_connected(job: Job, stop: Stop, started: SystemTime, duration: Duration) -> JobSummary {
    JobSummary { started: Some(started), duration, ..not_run(job, Status::Stopped(vec![stop])) }
}

/// A signal that ended the wait for a reader is the reason why an output could not be written.
fn with_signal(mut stops: Vec<Stop>, shutdown: &Shutdown) -> Vec<Stop> {
    let is_known = stops.iter().any(|stop| matches!(stop, Stop::Interrupted(_)));
    let has_failed_output = stops.iter().any(|stop| matches!(stop, Stop::Output { .. }));
    if let Some(signal) = shutdown.signal().filter(|_| has_failed_output && !is_known) {
        stops.insert(0, Stop::Interrupted(signal));
    }
    stops
}

/// How a job ended that was connected. Too few keys are no reason to end early, because nothing is wrong with the servers. Of a
/// sample, few keys are no sign of that.
fn status(job: &Job, tally: &Tally, is_sample: bool, stops: Vec<Stop>) -> Status {
    let matched = tally.matched;
    if let [Stop::EarlierJob(name)] = &stops[..] {
        return Status::NotRun(Obstacle::EndedEarly(name.clone()));
    }
    match job.min_keys {
        _ if !stops.is_empty() => Status::Stopped(stops),
        Some(min_keys) if matched < min_keys && !is_sample => Status::TooFew(TooFewKeys { matched, min_keys }),
        _ => Status::Done,
    }
}

/// The files after a damaged one are not read.
fn not_read(files: &[FileTally]) -> Option<String> {
    files.iter().find(|file| file.status == FileStatus::Damaged)?;
    let others = files.iter().filter(|file| file.status == FileStatus::NotRead);
    let names: Vec<String> = others.map(|file| format!("`{}`", file.name)).collect();
    (!names.is_empty())
        .then(|| format!("because a file is damaged, the files after it were not read: {}", names.join(", ")))
}

fn warn_of_aof(job: &Job, source: &SourceFacts, listener: &mut dyn Listener) -> Result<(), Stop> {
    match source {
        SourceFacts::Backup(facts) if facts.begins_aof => warn(job, vec![facts.aof_warning()], listener),
        _ => Ok(()),
    }
}

/// Emits `JobEnded`; of a job that shared its walk, first which job it is. If a listener fails at that, its error is another
/// reason why the job stopped.
fn end_job(mut summary: JobSummary, is_shared: bool, listener: &mut dyn Listener) -> JobSummary {
    let is_finished = summary.started.is_none() && matches!(summary.status, Status::Done);
    let (job, keys) = (&summary.job, summary.tally.matched);
    let resumed = match () {
        () if is_shared => listener.hear(&Event::JobResumed(job)),
        () if is_finished => listener.hear(&Event::Continued { job, keys, is_finished }),
        () => Ok(()),
    };
    let ended = listener.hear(&Event::JobEnded(&summary));
    let Err(stop) = resumed.and(ended) else { return summary };
    match &mut summary.status {
        // No key was moved, so no output is incomplete.
        Status::Refused(_) | Status::NotRun(_) if summary.started.is_none() => {}
        status => add_stop(status, stop),
    }
    summary
}

fn not_run(job: Job, status: Status) -> JobSummary {
    JobSummary {
        job,
        source: None,
        destination: None,
        status,
        tally: Tally::default(),
        walk: WalkTally::default(),
        by_type: ByType::new(),
        sizes: Sizes::default(),
        payloads: PayloadTally::default(),
        libraries: LibraryTally::default(),
        files: Vec::new(),
        failures: Failures::default(),
        waits: Vec::new(),
        evicted: Evicted::default(),
        verification: None,
        restarts: Vec::new(),
        started: None,
        duration: Duration::ZERO,
    }
}

/// Why later jobs are not run, if this one keeps them from it. Pre-flight's refusals are known before.
fn obstacle_after(summary: &JobSummary, keep_going: bool) -> Option<Obstacle> {
    let Status::Stopped(stops) = &summary.status else { return None };
    // The job itself was walked to its end.
    if stops.iter().all(|stop| matches!(stop, Stop::Checkpoint { .. })) {
        return None;
    }
    let of_run = stops.iter().find_map(|stop| match stop {
        Stop::Interrupted(signal) => Some(Obstacle::Interrupted(*signal)),
        Stop::TimeLimit(limit) => Some(Obstacle::TimeLimit(*limit)),
        _ => None,
    });
    of_run.or_else(|| (!keep_going).then(|| Obstacle::EndedEarly(summary.job.name.clone())))
}
