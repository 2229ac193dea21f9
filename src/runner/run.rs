//! Jobs, one after the other.

use std::time::{Duration, Instant, SystemTime};

use super::preflight::{connect, goes_on};
use super::{JobSummary, RunSummary, Shutdown, Status};
use crate::engine::{Ended, Listener, Walk};
use crate::error::Stop;
use crate::job::Job;
use crate::outcome::{ByType, LibraryTally, PayloadTally, Tally};

/// How a run is to be done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write nothing, tell what a run would do.
    pub dry_run: bool,
    /// Go on with the next job after one that could not be run to its end.
    pub keep_going: bool,
}

/// Runs jobs in order. Each comes with what pre-flight had against it; such a job is not run, and unless
/// `keep_going`, no other is either.
pub async fn run(
    jobs: Vec<(Job, Option<Stop>)>,
    options: Options,
    listener: &mut dyn Listener,
    shutdown: &Shutdown,
) -> RunSummary {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut going = goes_on(&jobs, options.keep_going);
    let mut summaries = Vec::with_capacity(jobs.len());
    for (job, refusal) in jobs {
        let summary = match refusal {
            Some(refusal) => not_run(job, Status::Refused(refusal)),
            None if !going => not_run(job, Status::NotRun),
            None => run_job(job, options.dry_run, listener, shutdown).await,
        };
        going &= !ends_the_run(&summary.status, options.keep_going);
        summaries.push(summary);
    }
    RunSummary { started, duration: clock.elapsed(), dry_run: options.dry_run, jobs: summaries }
}

async fn run_job(job: Job, dry_run: bool, listener: &mut dyn Listener, shutdown: &Shutdown) -> JobSummary {
    let (started, clock) = (SystemTime::now(), Instant::now());
    let connected = tokio::select! {
        biased;
        signal = shutdown.requested() => Err(Stop::Interrupted(signal)),
        ends = connect(&job, dry_run) => ends,
    };
    let ends = match connected {
        Ok(ends) => ends,
        Err(stop) => {
            tracing::error!("job `{}` cannot be run: {stop}", job.name);
            let summary = not_run(job, Status::Stopped(stop));
            return JobSummary { started: Some(started), duration: clock.elapsed(), ..summary };
        }
    };
    let walk = Walk::run(&job, &ends.source, &ends.destination, dry_run, listener, shutdown.requested());
    let Ended { progress, by_type, stop } = Box::pin(walk).await;
    JobSummary {
        source: Some(ends.source.facts()),
        destination: Some(ends.destination.facts().clone()),
        status: stop.map_or(Status::Done, Status::Stopped),
        tally: progress.tally,
        by_type,
        bytes: progress.bytes,
        payloads: progress.payloads,
        libraries: progress.libraries,
        started: Some(started),
        duration: clock.elapsed(),
        job,
    }
}

fn not_run(job: Job, status: Status) -> JobSummary {
    JobSummary {
        job,
        source: None,
        destination: None,
        status,
        tally: Tally::default(),
        by_type: ByType::new(),
        bytes: 0,
        payloads: PayloadTally::default(),
        libraries: LibraryTally::default(),
        started: None,
        duration: Duration::ZERO,
    }
}

/// Whether the jobs after one that ended like this are not run.
fn ends_the_run(status: &Status, keep_going: bool) -> bool {
    match status {
        Status::Done | Status::NotRun => false,
        Status::Stopped(Stop::Interrupted(_)) | Status::Refused(Stop::Interrupted(_)) => true,
        Status::Stopped(_) | Status::Refused(_) => !keep_going,
    }
}
