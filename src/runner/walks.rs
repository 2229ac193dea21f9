//! Walks jobs, and walks them again if a server is replaced by another process.
//!
//! Replication is asynchronous: a process that takes the destination's place may lack keys that the one before confirmed.
//! In a process that takes the source's place, the positions of a walk have no meaning.

use tokio::time::{Instant, sleep};

use super::Shutdown;
use super::checkpoint::Walk;
use super::connect::{CONNECT_INTERVAL, Known, connect};
use super::endpoints::Endpoints;
use super::interrupted::unless_interrupted;
use super::observation::{Compared, Observation};
use super::recorder::Recorder;
use super::verification::{Verify, verify_once};
use crate::engine::{self, Ended, Mode};
use crate::error::{BackupError, BackupProblem, EndpointError, EndpointProblem, Side, Stop};
use crate::event::{Event, Listener, Restart, WalkStart, Warning};
use crate::job::{Job, Source};
use crate::source;
use crate::source::backup::read_once;

/// The most walks after the first.
const MAX_RESTARTS: usize = 10;

/// The walks of jobs.
pub struct Walks {
    /// The servers of the last walk.
    pub endpoints: Endpoints,
    /// How each job ended in the last walk.
    pub ended: Vec<Ended>,
    /// The restarts of each job.
    pub restarts: Vec<Vec<Restart>>,
}

/// How jobs are walked.
#[derive(Clone, Copy)]
pub struct How<'j> {
    pub is_dry_run: bool,
    pub keep_going: bool,
    /// Whether the jobs have started already.
    pub is_begun: bool,
    /// If they are only compared: then there is one job.
    pub verify: Option<Verify<'j>>,
}

impl How<'_> {
    fn options(&self, now_ms: u64, is_again: bool) -> engine::Options {
        let mode = match self.verify {
            Some(_) => Mode::Verify,
            None if self.is_dry_run => Mode::DryRun,
            None => Mode::Copy,
        };
        engine::Options { mode, keep_going: self.keep_going, now_ms, is_repeated: self.is_begun || is_again }
    }
}

/// Walks jobs that may share a walk, until a walk does not end because of a replaced server.
pub async fn walk(
    jobs: &[Job],
    mut endpoints: Endpoints,
    how: How<'_>,
    (known, mut earlier): (&mut Known, Option<Walk>),
    listener: &mut Recorder<'_>,
    shutdown: &Shutdown,
) -> Walks {
    let mut restarts: Vec<Vec<Restart>> = jobs.iter().map(|_| Vec::new()).collect();
    let now_ms = earlier.as_ref().map_or_else(|| now_ms(&endpoints), |earlier| earlier.start.now_ms);
    loop {
        // Without an answer the walk ends at once, and reports the reason.
        let keys = endpoints.source().key_count().await.unwrap_or_default();
        let walked = restarts[0].len();
        let options = how.options(now_ms, walked > 0);
        let walking = walk_once(jobs, &endpoints, (options, how.verify, earlier.take()), listener, shutdown);
        let mut ended = Box::pin(walking).await;
        let Some(reason) = ended.iter().find_map(|ended| replaced(&ended.stops)) else {
            return Walks { endpoints, ended, restarts };
        };
        endpoints.close().await;
        match Box::pin(connect_again(&jobs[0], &reason, keys, (walked, known), shutdown)).await {
            Ok((next, warnings)) => {
                let heard = restarted(jobs, &reason, (&ended, &mut restarts), listener);
                let recorded = listener.record_again(jobs, &next);
                if let Err(stop) = heard.and(recorded).and(warn(&jobs[0], warnings, listener)) {
                    set_stops(&mut ended, &[stop]);
                    return Walks { endpoints, ended, restarts };
                }
                endpoints = next;
            }
            Err(stop) => {
                let mut stops = if is_about(&stop, reason.side) { vec![stop] } else { vec![reason.into(), stop] };
                stops.sort_by_key(Stop::strength);
                set_stops(&mut ended, &stops);
                return Walks { endpoints, ended, restarts };
            }
        }
    }
}

fn now_ms(endpoints: &Endpoints) -> u64 {
    endpoints.source().now_ms().unwrap_or_else(|| endpoints.destination.now_ms())
}

/// Every job that was walked ended for these reasons.
fn set_stops(ended: &mut [Ended], stops: &[Stop]) {
    for ended in ended {
        ended.stops = stops.to_vec();
    }
}

/// Records and reports that each job is walked again.
fn restarted(
    jobs: &[Job],
    reason: &EndpointError,
    (ended, restarts): (&[Ended], &mut [Vec<Restart>]),
    listener: &mut dyn Listener,
) -> Result<(), Stop> {
    for ((job, ended), restarts) in jobs.iter().zip(ended).zip(restarts) {
        let restart = Restart { reason: reason.clone(), tally: ended.progress.tally };
        if jobs.len() > 1 {
            listener.hear(&Event::JobResumed(job))?;
        }
        let heard = listener.hear(&Event::WalkRestarted(&restart));
        restarts.push(restart);
        heard?;
    }
    Ok(())
}

/// Walks jobs, and compares source and destination with what they were before.
async fn walk_once(
    jobs: &[Job],
    endpoints: &Endpoints,
    (options, verify, earlier): (engine::Options, Option<Verify<'_>>, Option<Walk>),
    listener: &mut dyn Listener,
    shutdown: &Shutdown,
) -> Vec<Ended> {
    let job = &jobs[0];
    let begun = Observation::begin(job, endpoints, options.mode == Mode::DryRun);
    let observed = unless_interrupted(shutdown, begun).await.and_then(|mut observation| {
        let start = earlier.as_ref().map(|earlier| earlier.start.clone());
        let start = start.unwrap_or_else(|| WalkStart { now_ms: options.now_ms, counts: observation.counts() });
        listener.hear(&Event::WalkStarted(&start))?;
        if let Some(counts) = start.counts {
            observation.since(counts);
        }
        Ok(observation)
    });
    let how = (options, earlier.map(|walk| walk.earlier));
    let mut ended = match verify {
        Some(verify) => vec![Box::pin(verify_once(job, endpoints, verify, how, listener, shutdown)).await],
        None => Box::pin(run_once(jobs, endpoints, how, listener, shutdown)).await,
    };
    if ended.iter().any(|ended| ended.stops.is_empty()) {
        let compared = match observed {
            Ok(observation) => unless_interrupted(shutdown, observation.end(job, endpoints, &ended)).await,
            Err(stop) => Err(stop),
        };
        add_findings(&mut ended, compared);
    }
    ended
}

/// Adds what the comparison with the start of a walk found.
fn add_findings(ended: &mut [Ended], compared: Result<Compared, Stop>) {
    let Compared { warnings, stops } =
        compared.unwrap_or_else(|stop| Compared { warnings: Vec::new(), stops: vec![stop] });
    ended[0].warnings.extend(warnings);
    for ended in ended.iter_mut().filter(|ended| ended.stops.is_empty()) {
        ended.stops.extend(stops.iter().cloned());
    }
}

/// Moves the keys of jobs, or counts them in a dry run.
async fn run_once(
    jobs: &[Job],
    endpoints: &Endpoints,
    (options, earlier): (engine::Options, Option<engine::Earlier>),
    listener: &mut dyn Listener,
    shutdown: &Shutdown,
) -> Vec<Ended> {
    let (whole, destination) = (endpoints.source(), &*endpoints.destination);
    let listed = source::listed(whole, &jobs[0]);
    let source = listed.as_ref().map_or(whole, |listed| listed as &dyn source::Source);
    engine::run_jobs(jobs, source, destination, (options, earlier), listener, shutdown.requested()).await
}

/// Emits warnings about a job.
pub fn warn(job: &Job, messages: Vec<String>, listener: &mut dyn Listener) -> Result<(), Stop> {
    let warn = |message| listener.hear(&Event::Warned(&Warning { job: Some(job.name.clone()), message }));
    messages.into_iter().map(warn).fold(Ok(()), Result::and)
}

/// The replaced server, if that is why a walk ended. While a job stops, it does not wait for its other server, so that
/// one may be lost, too.
fn replaced(stops: &[Stop]) -> Option<EndpointError> {
    let is_replaced = |error: &EndpointError| {
        use EndpointProblem::{FewerKeys, Replaced, WasReplica};
        matches!(error.problem, Replaced { .. } | FewerKeys { .. } | WasReplica)
    };
    let errors: Option<Vec<&EndpointError>> = stops
        .iter()
        .map(|stop| match stop {
            Stop::Endpoint(error) if is_replaced(error) || error.problem.wait_cause().is_some() => Some(error),
            _ => None,
        })
        .collect();
    errors?.into_iter().find(|error| is_replaced(error)).cloned()
}

/// Whether a reason is a problem of this endpoint.
fn is_about(stop: &Stop, side: Side) -> bool {
    matches!(stop, Stop::Endpoint(error) if error.side == side)
}

/// Connects to both servers again. `keys` is the number of keys that the source had before the last walk.
async fn connect_again(
    job: &Job,
    reason: &EndpointError,
    keys: Option<u64>,
    (restarts, known): (usize, &mut Known),
    shutdown: &Shutdown,
) -> Result<(Endpoints, Vec<String>), Stop> {
    if let Source::Backup(backup) = &job.source
        && let Some(pipe) = backup.files.iter().find(|file| read_once(file).is_some())
    {
        return Err(BackupError::of(pipe, BackupProblem::NotRepeatable).into());
    }
    if restarts >= MAX_RESTARTS {
        let problem = EndpointProblem::TooManyRestarts(restarts + 1);
        return Err(EndpointError { problem, ..reason.clone() }.into());
    }
    let (endpoints, warnings) = unless_interrupted(shutdown, connect_patiently(job, known)).await?;
    if reason.side == Side::Source
        && let (Some(before), Some(now)) = (keys, endpoints.source().key_count().await?)
        && now < before - before / 10
    {
        return Err(endpoints.source().problem(EndpointProblem::FewerKeys { before, now }).into());
    }
    Ok((endpoints, warnings))
}

/// Connects to both servers; waits for them as long as `retry`.
async fn connect_patiently(job: &Job, known: &mut Known) -> Result<(Endpoints, Vec<String>), Stop> {
    let retry = match &job.source {
        Source::Server(server) => server.endpoint.retry.max(job.destination.retry),
        Source::Backup(_) => job.destination.retry,
    };
    let started = Instant::now();
    loop {
        match Box::pin(connect(job, known)).await {
            Err(Stop::Endpoint(error)) if error.problem.wait_cause().is_some() && started.elapsed() < retry => {
                sleep(CONNECT_INTERVAL).await;
            }
            connected => return connected,
        }
    }
}
