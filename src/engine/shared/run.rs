//! Runs jobs in one walk.

use std::future::{Future, pending};

use futures_util::FutureExt;
use futures_util::future::{join_all, try_join_all};

use super::feed::Feed;
use super::share::share;
use super::switch::Switch;
use crate::destination::Destination;
use crate::engine::account::{Ended, OnLeave};
use crate::engine::concurrency::Concurrency;
use crate::engine::earlier::Earlier;
use crate::engine::job::{Options, Part, places, run_job, run_part};
use crate::engine::pace::Pace;
use crate::error::Stop;
use crate::event::{Event, Listener, Warning};
use crate::job::{Glob, Job, Lifetimes, Selection};
use crate::source::{Lane, Positions, ScanPlan, Source};

/// Runs jobs that may share a walk, or one job.
pub async fn run_jobs(
    jobs: &[Job],
    source: &dyn Source,
    destination: &dyn Destination,
    (options, earlier): (Options, Option<Earlier>),
    listener: &mut dyn Listener,
    shutdown: impl Future<Output = Stop>,
) -> Vec<Ended> {
    if let [job] = jobs {
        return vec![run_job(job, source, destination, (options, earlier), listener, shutdown).await];
    }
    let (feed, switch) = (Feed::new(jobs), Switch::new(listener, jobs));
    let concurrency = Concurrency::of(source, destination);
    let pace = Pace::new(&jobs[0].limits, concurrency, places(&jobs[0], destination, options.mode));
    let selection = common_selection(jobs);
    let applied = source.applies(&selection);
    let shutdown = shutdown.shared();
    let run = async |(number, job): (usize, &Job)| {
        let applies_types = job.selection.types.is_empty() || (!selection.types.is_empty() && applied.types);
        let share = share(source, &feed, number, applies_types);
        let mut listener = switch.of(number);
        let leave: OnLeave<'_> = Box::new(|id| feed.leave(number, id));
        let part = Part { pace: pace.clone(), leave: Some(leave), earlier: None, verifying: None };
        let earlier = feed.ended_early(number).map(|earlier| Stop::EarlierJob(jobs[earlier].name.clone()));
        let stop = first_of(shutdown.clone(), earlier);
        let ended = run_part(job, &share, destination, options, &mut listener, part, stop).await;
        feed.close(number, options.keep_going || ended.stops.is_empty());
        ended
    };
    let walked = async {
        feed.end(walk(source, (jobs, selection.clone(), concurrency), &feed, &switch).await);
        pending().await
    };
    tokio::select! {
        ended = join_all(jobs.iter().enumerate().map(run)) => ended,
        never = walked => never,
    }
}

/// Waits for the first of two reasons to stop.
async fn first_of(one: impl Future<Output = Stop>, other: impl Future<Output = Stop>) -> Stop {
    tokio::select! {
        biased;
        stop = one => stop,
        stop = other => stop,
    }
}

/// Walks every lane of the source, and passes the keys on.
async fn walk(
    source: &dyn Source,
    (jobs, selection, concurrency): (&[Job], Selection, Concurrency),
    feed: &Feed<'_>,
    switch: &Switch<'_>,
) -> Result<(), Stop> {
    let (first, databases) = (&jobs[0], source.databases().await?);
    let largest = databases.iter().map(|size| size.keys).max().flatten();
    let lanes = concurrency.lanes(first.lanes, first.scan_batch_size, largest);
    let plan = ScanPlan { selection, count: first.scan_batch_size, lanes, databases, from: Positions::default() };
    let walk_lane = async |mut lane: Box<dyn Lane + '_>| -> Result<(), Stop> {
        while let Some(mut page) = lane.next_page().await? {
            if let Some(message) = page.warning.take() {
                switch.of(0).hear(&Event::Warned(&Warning { job: Some(first.name.clone()), message }))?;
            }
            feed.put(page).await;
        }
        Ok(())
    };
    try_join_all(source.lanes(&plan).into_iter().map(walk_lane)).await?;
    Ok(())
}

/// What the source is asked for: the patterns and types that all jobs have, or else every key.
fn common_selection(jobs: &[Job]) -> Selection {
    let first = &jobs[0].selection;
    let has_same_patterns = jobs.iter().all(|job| job.selection.matches == first.matches);
    let has_same_types = jobs.iter().all(|job| job.selection.types == first.types);
    Selection {
        matches: if has_same_patterns { first.matches.clone() } else { vec![Glob::new("*")] },
        exclude: Vec::new(),
        types: if has_same_types { first.types.clone() } else { Vec::new() },
        lifetimes: Lifetimes::default(),
        char_sign: first.char_sign,
    }
}
