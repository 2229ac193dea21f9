//! Runs one job from its first key to its last.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::account::{Ended, FailureMargin, Ledger, OnLeave};
use super::concurrency::Concurrency;
use super::context::JobContext;
use super::earlier::Earlier;
use super::existence_check::ExistenceCheck;
use super::mode::Mode;
use super::modes::{copy, dry_run, paced_copy, verify};
use super::pace::Pace;
use super::rate::latency_governor;
use super::stages::batches::Batches;
use super::stages::walk::walk;
use super::stop::StopSignal;
use super::verifying::Verifying;
use crate::budget::PAGES_AHEAD;
use crate::destination::Destination;
use crate::error::Stop;
use crate::event::{Event, HeldBy, Listener};
use crate::job::Job;
use crate::server::ServerFacts;
use crate::source::{Applied, Source, SourceFacts};

/// How often progress is reported.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// A shorter wait for a server is not worth mentioning.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// How to run a job.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub mode: Mode,
    /// Of jobs that share a walk: whether the others continue after one that ended early.
    pub keep_going: bool,
    /// Unix time in ms from which `min_ttl` and `max_ttl` count. The same in all walks of the job.
    pub now_ms: u64,
    /// Whether this walk of the job follows another one: then the job has started already.
    pub is_repeated: bool,
}

/// Runs a job, or a dry run of it, until its source ends, its error limit is reached, an endpoint is unreachable, or
/// `shutdown` resolves. Work in flight is then finished and counted.
pub async fn run_job(
    job: &Job,
    source: &dyn Source,
    destination: &dyn Destination,
    (options, earlier): (Options, Option<Earlier>),
    listener: &mut dyn Listener,
    shutdown: impl Future<Output = Stop>,
) -> Ended {
    let places = places(job, destination, options.mode);
    let pace = Pace::new(&job.limits, Concurrency::of(source, destination), places);
    let part = Part { pace, leave: None, earlier, verifying: None };
    run_part(job, source, destination, options, listener, part, shutdown).await
}

/// Verifies a job, until its source and its destination end, its error limit is reached, an endpoint is unreachable, or
/// `shutdown` resolves.
pub async fn verify_job(
    job: &Job,
    (source, destination): (&dyn Source, &dyn Destination),
    verifying: &Verifying<'_>,
    (options, earlier): (Options, Option<Earlier>),
    listener: &mut dyn Listener,
    shutdown: impl Future<Output = Stop>,
) -> Ended {
    let pace = Pace::new(&job.limits, Concurrency::of(source, destination), 1);
    let part = Part { pace, leave: None, earlier, verifying: Some(verifying) };
    run_part(job, source, destination, options, listener, part, shutdown).await
}

/// The part that a job has in a walk.
pub struct Part<'a> {
    /// The jobs of the walk share it.
    pub pace: Pace,
    /// If other jobs share the walk, it is called for each key that leaves this job.
    pub leave: Option<OnLeave<'a>>,
    /// The walk of an earlier run that this one continues. Only if no other job shares it.
    pub earlier: Option<Earlier>,
    /// With [`Mode::Verify`].
    pub verifying: Option<&'a Verifying<'a>>,
}

/// The same for a job that may share the walk with others. `stop` resolves to a reason to stop.
pub async fn run_part<'a>(
    job: &'a Job,
    source: &'a dyn Source,
    destination: &'a dyn Destination,
    options: Options,
    listener: &'a mut dyn Listener,
    part: Part<'a>,
    stop: impl Future<Output = Stop>,
) -> Ended {
    let context = begin(job, source, destination, options, listener, part);
    work(&context, stop).await;
    close(context)
}

fn begin<'a>(
    job: &'a Job,
    source: &'a dyn Source,
    destination: &'a dyn Destination,
    Options { mode, now_ms, is_repeated, .. }: Options,
    listener: &'a mut dyn Listener,
    Part { pace: Pace { size_estimate, in_flight, throttle, pauses }, leave, earlier, verifying }: Part<'a>,
) -> JobContext<'a> {
    let (stop, facts, of_destination) = (Rc::new(StopSignal::default()), source.facts(), destination.facts());
    let names = [facts.name().to_owned(), of_destination.address.clone()];
    let (concurrency, is_shared) = (Concurrency::of(source, destination), leave.is_some());
    let margin = margin(job, concurrency, mode).of_places(in_flight.len());
    let keys = (source.may_repeat(), leave, Earlier::totals(earlier.as_ref()));
    let ledger = Ledger::new(listener, Rc::clone(&stop), job, names, margin, keys);
    if is_repeated {
        pauses.is_reported.set(true);
    }
    announce(&ledger, (job, &facts, of_destination), mode, is_repeated);
    JobContext {
        job,
        source,
        destination,
        origin: source.origin(),
        stop,
        ledger,
        size_estimate,
        in_flight,
        concurrency,
        throttle,
        pauses,
        existence_check: ExistenceCheck::new(earlier.is_some()),
        held_by: Cell::default(),
        earlier,
        expiries: job.selection.lifetimes.from(now_ms),
        applied: applied(job, source),
        mode,
        verifying,
        is_shared,
    }
}

/// Emits that a job starts, unless it has started before.
fn announce(
    ledger: &Ledger<'_>,
    (job, source, destination): (&Job, &SourceFacts, &ServerFacts),
    mode: Mode,
    is_repeated: bool,
) {
    if !is_repeated {
        ledger.emit(&Event::JobStarted { job, source, destination, dry_run: mode == Mode::DryRun });
    }
    if mode == Mode::Verify {
        ledger.emit(&Event::VerifyStarted(job));
    }
}

/// How many places of the destination keys are moved to independently of each other. With pauses, one pipeline runs at a
/// time, and a dry run writes nothing.
pub fn places(job: &Job, destination: &dyn Destination, mode: Mode) -> usize {
    if mode != Mode::Copy || !job.sleep.is_zero() { 1 } else { destination.places() }
}

/// The parts of the selection that the source applies itself. Only our own comparison with the patterns shows that each
/// key has the prefix that is removed.
fn applied(job: &Job, source: &dyn Source) -> Applied {
    let applied = source.applies(&job.selection);
    Applied { matches: applied.matches && job.rename.is_none(), ..applied }
}

fn margin(job: &Job, concurrency: Concurrency, mode: Mode) -> FailureMargin {
    let margin = FailureMargin::new(job.max_errored_keys, job.pipeline_batch_size);
    if mode != Mode::Copy || !job.sleep.is_zero() { margin } else { margin.shared(concurrency.far_keys()) }
}

async fn work(context: &JobContext<'_>, stop: impl Future<Output = Stop>) {
    let channels = (0..context.places()).map(|_| mpsc::channel(PAGES_AHEAD * context.places()));
    let (outlets, pages): (Vec<_>, Vec<_>) = channels.unzip();
    let batches = pages.into_iter().map(|pages| Batches::new(context, pages)).collect();
    let keys = async { tokio::join!(walk(context, outlets), move_keys(context, batches)) };
    let interrupted = async {
        context.stop.stop(stop.await);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = keys => {}
        () = interrupted => {}
        () = give_up_when_stopped(context) => {}
        () = report_progress(context) => {}
        () = latency_governor::govern(context.source, context.job.limits.source_latency, &context.throttle) => {}
    }
}

async fn move_keys(context: &JobContext<'_>, mut batches: Vec<Batches<'_, '_>>) {
    if let Some(limit) = context.job.limits.source_latency
        && let Some(warning) = latency_governor::warn_if_slow(context.source, limit).await
    {
        context.ledger.warn(warning);
    }
    match (context.mode, context.verifying) {
        (_, Some(verifying)) => verify::compare_keys(context, verifying, batches.remove(0)).await,
        (Mode::DryRun, _) => dry_run::count_keys(context, batches.remove(0)).await,
        _ if context.job.sleep.is_zero() => copy::move_keys(context, batches).await,
        _ => paced_copy::move_keys(context, batches.remove(0)).await,
    }
    if context.mode != Mode::DryRun && !context.stop.is_stopping() {
        confirm(context).await;
    }
}

/// Checks that no other process has taken the destination's place after the last write.
async fn confirm(context: &JobContext<'_>) {
    if let Err(error) = context.destination.confirm().await {
        context.stop.stop(error.into());
    }
}

/// A job that is stopping waits for no server, unless other jobs of its walk continue.
async fn give_up_when_stopped(context: &JobContext<'_>) {
    context.stop.until_stopped(std::future::pending::<()>()).await;
    if !context.is_shared || context.stop.concerns_servers() {
        context.contacts().for_each(|contact| contact.give_up());
    }
    std::future::pending::<()>().await;
}

/// Emits the progress regularly, also in a pause or while an endpoint does not answer.
async fn report_progress(context: &JobContext<'_>) {
    let mut ticks = tokio::time::interval(PROGRESS_EVERY);
    loop {
        ticks.tick().await;
        report_waits(context);
        context.ledger.emit_progress(held_by(context));
    }
}

/// What slows the job down now.
fn held_by(context: &JobContext<'_>) -> HeldBy {
    let waits = context.contacts().filter_map(|contact| Some((contact.address().side, contact.current_wait()?)));
    match waits.max_by_key(|(_, (_, duration))| *duration) {
        Some((side, (cause, duration))) if duration >= LONG_WAIT => HeldBy::Wait { side, cause, duration },
        _ if context.throttle.is_waiting() => HeldBy::Limit,
        _ => context.held_by.get(),
    }
}

fn report_waits(context: &JobContext<'_>) {
    for wait in context.contacts().flat_map(|contact| contact.ended_waits()) {
        context.ledger.emit(&Event::Waited(&wait));
    }
}

fn close(context: JobContext<'_>) -> Ended {
    report_waits(&context);
    context.ledger.close()
}
