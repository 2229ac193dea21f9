//! Extra keys: the destination has them, a job of the run would select them, and no source has them.

use std::borrow::Cow;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use super::paced::pause;
use super::rounds::PAUSES;
use super::wider::selection;
use crate::budget::READ_KEYS;
use crate::engine::context::JobContext;
use crate::engine::modes::queue::Queue;
use crate::engine::verifying::Verifying;
use crate::entry::{DbKey, Key};
use crate::error::{Answers, Side, Stop};
use crate::event::{Difference, SideFacts};
use crate::job::Lanes;
use crate::outcome::DifferenceKind;
use crate::source::{KeyInfo, Lane, Page, Positions, ScanPlan, Source};

/// Batches of keys that are looked at at the same time: most of the time, they wait for their next round.
const BATCHES: usize = 32;

/// A key of the destination, and what it would be at the source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Suspect {
    theirs: (u16, Key),
    ours: (u16, Key),
}

/// Finds and reports the extra keys.
pub async fn find(context: &JobContext<'_>, verifying: &Verifying<'_>) {
    // The keys of a list are the only ones that the job selects.
    let is_listed = context.job.keys_from.is_some();
    let walked = if is_listed { context.source } else { verifying.theirs };
    let plan = match plan(context, walked, is_listed).await {
        Ok(plan) => plan,
        Err(stop) => return context.stop.stop(stop),
    };
    if !is_listed && !verifying.is_file() {
        // If it returns the same keys as the walk over the source, none is extra, and the source need not be asked.
        let count = async |page| {
            for key in of_page(context, verifying, page) {
                verifying.common.take_away(id(&key.ours));
            }
        };
        each_page(context, walked, &plan, count).await;
        if verifying.common.are_even() {
            return;
        }
    }
    let suspects = Queue::new(BATCHES);
    let walk = async {
        each_page(context, walked, &plan, async |page| suspect(context, verifying, page, &suspects).await).await;
        suspects.close();
    };
    let batches = stream::unfold((), async |()| Some((suspects.take().await?, ())));
    let look = batches.for_each_concurrent(BATCHES, async |batch| look(context, verifying, batch).await);
    tokio::join!(walk, look);
}

async fn plan(context: &JobContext<'_>, walked: &dyn Source, is_listed: bool) -> Result<ScanPlan, Stop> {
    if is_listed {
        return Ok(context.scan_plan().await?);
    }
    let databases = walked.databases().await?;
    let count = context.throttle.scan_count(context.job.scan_batch_size);
    let largest = databases.iter().map(|size| size.keys).max().flatten();
    let lanes = context.concurrency.lanes(Lanes::Auto, count, largest);
    Ok(ScanPlan { selection: selection(context.job), count, lanes, databases, from: Positions::default() })
}

/// Walks lanes, and does something with each page. The limits and pauses of a job spare its source, so they apply only when
/// the source is asked.
async fn each_page(context: &JobContext<'_>, walked: &dyn Source, plan: &ScanPlan, work: impl AsyncFn(Page)) {
    let walk_lane = async |mut lane: Box<dyn Lane + '_>| {
        loop {
            match context.stop.until_stopped(lane.next_page()).await {
                Some(Ok(Some(page))) => work(page).await,
                Some(Ok(None)) | None => return,
                Some(Err(stop)) => return context.stop.stop(stop),
            }
        }
    };
    join_all(walked.lanes(plan).into_iter().map(walk_lane)).await;
}

/// Passes on the keys of a page that the source does not have.
async fn suspect(context: &JobContext<'_>, verifying: &Verifying<'_>, page: Page, suspects: &Queue<Vec<Suspect>>) {
    let mut batch = of_page(context, verifying, page);
    while !batch.is_empty() {
        suspects.room().await;
        let rest = batch.split_off(READ_KEYS.min(batch.len()));
        let absent = not_at_source(context, verifying, batch).await;
        if !absent.is_empty() {
            suspects.put(absent, 1);
        }
        batch = rest;
    }
}

/// The keys of a page that the job writes.
fn of_page(context: &JobContext<'_>, verifying: &Verifying<'_>, page: Page) -> Vec<Suspect> {
    let job = context.job;
    let suspect = |db, key: Key| {
        let known = (db, key.as_bytes());
        let (other_db, name) = if job.keys_from.is_some() { job.target_of(known)? } else { job.source_of(known)? };
        let name = if let Cow::Owned(name) = name { name.into() } else { key.clone() };
        let (known, other) = ((db, key), (other_db, name));
        let (ours, theirs) = if job.keys_from.is_some() { (known, other) } else { (other, known) };
        Some(Suspect { theirs, ours })
    };
    let is_sampled =
        |suspect: &Suspect| verifying.sample.as_ref().is_none_or(|sampler| sampler.takes(id(&suspect.ours)));
    page.keys.into_iter().filter_map(|key| suspect(key.db, key.key)).filter(is_sampled).collect()
}

fn id((db, key): &(u16, Key)) -> DbKey<'_> {
    DbKey { db: *db, key }
}

/// The keys that the source does not have.
async fn not_at_source(context: &JobContext<'_>, verifying: &Verifying<'_>, mut batch: Vec<Suspect>) -> Vec<Suspect> {
    if let Some(names) = &verifying.names {
        batch.retain(|suspect| !names.contains(id(&suspect.ours)));
        return batch;
    }
    if context.job.keys_from.is_none() {
        batch.retain(|suspect| !verifying.common.are_even_for(id(&suspect.ours)));
    }
    if batch.is_empty() {
        return batch;
    }
    pause(context).await;
    context.stop.until_stopped(context.throttle.pass_keys(batch.len())).await;
    let keys: Vec<DbKey<'_>> = batch.iter().map(|suspect| id(&suspect.ours)).collect();
    let asked = context.batch((Side::Source, "types"), context.source.types(&keys), |_| (keys.len(), None)).await;
    let mut infos = infos(context, asked).into_iter();
    batch.retain(|_| match infos.next() {
        Some(KeyInfo::Vanished) => true,
        Some(KeyInfo::Refused(refusal)) => {
            context.stop.stop(context.source.problem(refusal.into_problem()).into());
            false
        }
        Some(KeyInfo::There { .. } | KeyInfo::NotRead) | None => false,
    });
    batch
}

/// The answers to a batch of keys. A server that does not answer stops the job.
fn infos(context: &JobContext<'_>, Answers { each, error }: Answers<KeyInfo>) -> Vec<KeyInfo> {
    if let Some(error) = error {
        context.stop.stop(error.into());
    }
    each
}

/// Looks at keys in a few rounds, because clients may delete them at both sides, and reports those that are extra.
async fn look(context: &JobContext<'_>, verifying: &Verifying<'_>, mut batch: Vec<Suspect>) {
    for pause in PAUSES.into_iter().filter(|_| !verifying.is_file()) {
        context.stop.until_stopped(sleep(pause)).await;
        if batch.is_empty() || context.stop.is_stopping() {
            return;
        }
        batch = not_at_source(context, verifying, batch).await;
    }
    let there = at_destination(context, verifying, batch).await;
    let keys: Vec<(DbKey<'_>, &SideFacts)> =
        there.iter().map(|(suspect, facts)| (id(&suspect.theirs), facts)).collect();
    if keys.is_empty() {
        return;
    }
    match verifying.others.have(&keys).await {
        Err(stop) => context.stop.stop(stop),
        Ok(theirs) => {
            for ((suspect, facts), _) in there.iter().zip(theirs).filter(|(_, has)| !has) {
                report(context, verifying, suspect, facts);
            }
        }
    }
}

/// The keys that the destination still has, and that the job would select by type and expiry.
async fn at_destination(
    context: &JobContext<'_>,
    verifying: &Verifying<'_>,
    batch: Vec<Suspect>,
) -> Vec<(Suspect, SideFacts)> {
    let keys: Vec<DbKey<'_>> = batch.iter().map(|suspect| id(&suspect.theirs)).collect();
    let asked = context.batch((Side::Destination, "inspect"), verifying.theirs.inspect(&keys), |_| (keys.len(), None));
    let infos = infos(context, asked.await);
    let facts = |info| match info {
        KeyInfo::There { type_name, expires_at }
            if context.filter(&type_name, expires_at).is_none() && !context.is_expired(expires_at) =>
        {
            Some(SideFacts { type_name, expires_at, bytes: None, value: None })
        }
        _ => None,
    };
    batch.into_iter().zip(infos).filter_map(|(suspect, info)| Some((suspect, facts(info)?))).collect()
}

fn report(context: &JobContext<'_>, verifying: &Verifying<'_>, suspect: &Suspect, facts: &SideFacts) {
    let Suspect { theirs, ours } = suspect.clone();
    let node = verifying.theirs.node_of(theirs.1.as_bytes());
    context.ledger.extra(&Difference {
        kind: DifferenceKind::Extra,
        source_key: ours,
        destination_key: theirs,
        source: None,
        destination: Some(facts.clone()),
        node,
        repair_error: None,
    });
}
