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
use super::modes::{copy, dry_run, paced_copy};
use super::pace::Pace;
use super::rate::latency_governor;
use super::stages::batches::Batches;
use super::stages::walk::walk;
use super::stop::StopSignal;
use crate::budget::PAGES_AHEAD;
use crate::destination::Destination;
use crate::error::Stop;
use crate::event::{Event, HeldBy, Listener};
use crate::job::Job;
use crate::source::{Applied, Source};

/// How often progress is reported.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// A shorter wait for a server is not worth mentioning.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// How to run a job.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub is_dry_run: bool,
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
    let places = places(job, destination, options.is_dry_run);
    let pace = Pace::new(&job.limits, Concurrency::of(source, destination), places);
    run_part(job, source, destination, options, listener, Part { pace, leave: None, earlier }, shutdown).await
}

/// The part that a job has in a walk.
pub struct Part<'a> {
    /// The jobs of the walk share it.
    pub pace: Pace,
    /// If other jobs share the walk, it is called for each key that leaves this job.
    pub leave: Option<OnLeave<'a>>,
    /// The walk of an earlier run that this one continues. Only if no other job shares it.
    pub earlier: Option<Earlier>,
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
    Options { is_dry_run, now_ms, is_repeated, .. }: Options,
    listener: &'a mut dyn Listener,
    Part { pace: Pace { size_estimate, in_flight, throttle, pauses }, leave, earlier }: Part<'a>,
) -> JobContext<'a> {
    let (stop, facts, of_destination) = (Rc::new(StopSignal::default()), source.facts(), destination.facts());
    let names = [facts.name().to_owned(), of_destination.address.clone()];
    let (concurrency, is_shared) = (Concurrency::of(source, destination), leave.is_some());
    let margin = margin(job, concurrency, is_dry_run).of_places(in_flight.len());
    let keys = (source.may_repeat(), leave, Earlier::totals(earlier.as_ref()));
    let ledger = Ledger::new(listener, Rc::clone(&stop), job, names, margin, keys);
    if is_repeated {
        pauses.is_reported.set(true);
    } else {
        ledger.emit(&Event::JobStarted { job, source: &facts, destination: of_destination, dry_run: is_dry_run });
    }
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
        is_dry_run,
        is_shared,
    }
}

/// How many places of the destination keys are moved to independently of each other. With pauses, one pipeline runs at a
/// time, and a dry run writes nothing.
pub fn places(job: &Job, destination: &dyn Destination, is_dry_run: bool) -> usize {
    if is_dry_run || !job.sleep.is_zero() { 1 } else { destination.places() }
}

/// The parts of the selection that the source applies itself. Only our own comparison with the patterns shows that each
/// key has the prefix that is removed.
fn applied(job: &Job, source: &dyn Source) -> Applied {
    let applied = source.applies(&job.selection);
    Applied { matches: applied.matches && job.rename.is_none(), ..applied }
}

fn margin(job: &Job, concurrency: Concurrency, is_dry_run: bool) -> FailureMargin {
    let margin = FailureMargin::new(job.max_errored_keys, job.pipeline_batch_size);
    if is_dry_run || !job.sleep.is_zero() { margin } else { margin.shared(concurrency.far_keys()) }
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
    if context.is_dry_run {
        dry_run::count_keys(context, batches.remove(0)).await;
    } else if context.job.sleep.is_zero() {
        copy::move_keys(context, batches).await;
    } else {
        paced_copy::move_keys(context, batches.remove(0)).await;
    }
    if !context.is_dry_run && !context.stop.is_stopping() {
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
