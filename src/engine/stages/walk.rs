//! Walks the lanes of the source, one page ahead of the other stages.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::batches::{Outlets, Part};
use super::libraries;
use super::select::may_match;
use crate::engine::context::JobContext;
use crate::error::{EndpointError, EndpointProblem, Side, Stop};
use crate::event::{Detail, EndedLane, Event};
use crate::source::{Lane, LaneId, Page};

/// Walks every lane to its end, or until the job is stopping, or the receivers are dropped.
pub async fn walk(context: &JobContext<'_>, outlets: Outlets) {
    let plan = match context.scan_plan().await {
        Ok(plan) => plan,
        Err(error) => return context.stop.stop(error.into()),
    };
    if let Some(Err(error)) = context.stop.until_stopped(libraries::restore_all(context)).await {
        return context.stop.stop(error.into());
    }
    let databases: Vec<u16> = plan.databases.iter().map(|size| size.db).collect();
    context.ledger.emit(&Event::Planned { lanes: plan.lanes, databases: &databases });
    context.ledger.begin_at(&plan.from);
    let lanes = context.source.lanes(&plan);
    if context.ledger.wants(Detail::Calls) {
        let count = context.job.source.server().filter(|_| context.job.keys_from.is_none()).map(|_| plan.count);
        context.ledger.emit(&Event::LanesStarted { lanes: lanes.len(), count });
    }
    join_all(lanes.into_iter().enumerate().map(|(id, lane)| watch_lane(context, id, lane, &outlets))).await;
}

/// Walks a lane, and reports its end if the listener wants to know.
async fn watch_lane(context: &JobContext<'_>, id: LaneId, lane: Box<dyn Lane + '_>, outlets: &Outlets) {
    let started = Instant::now();
    let mut ended = EndedLane { lane: id, pages: 0, keys: 0, duration: Duration::ZERO };
    walk_lane(context, lane, outlets, &mut ended).await;
    if context.ledger.wants(Detail::Calls) {
        context.ledger.emit(&Event::LaneEnded(&EndedLane { duration: started.elapsed(), ..ended }));
    }
}

async fn walk_lane(context: &JobContext<'_>, mut lane: Box<dyn Lane + '_>, outlets: &Outlets, ended: &mut EndedLane) {
    let keys = |page: &Result<Option<Page>, Stop>| match page {
        Ok(Some(page)) => (page.keys.len(), None),
        _ => (0, None),
    };
    loop {
        let page = context.batch((Side::Source, "scan"), lane.next_page(), keys);
        let mut page = match context.stop.until_stopped(page).await {
            Some(Ok(Some(page))) => page,
            Some(Ok(None)) | None => return,
            Some(Err(stop)) => return context.stop.stop(stop),
        };
        if let Some(verifying) = context.verifying {
            verifying.take_note(&mut page);
        }
        ended.pages += 1;
        ended.keys += page.keys.len() as u64;
        if let Some(warning) = &page.warning {
            context.ledger.warn(warning.clone());
        }
        for library in &page.libraries {
            libraries::restore(context, library).await;
        }
        if let Some(Err(error)) = context.stop.until_stopped(open_databases(context, &page)).await {
            return context.stop.stop(error.into());
        }
        let parts = Part::of_page(context, page);
        let sent = parts.into_iter().map(|(place, part)| outlets[place].send(part));
        if join_all(sent).await.iter().any(Result::is_err) {
            return;
        }
    }
}

/// Opens the databases that keys of a page go to, before the page is passed on. If the destination lacks a database,
/// the keys of the previous databases are still moved.
async fn open_databases(context: &JobContext<'_>, page: &Page) -> Result<(), EndpointError> {
    if !context.job.has_several_databases() {
        // All keys go to one database, which is open already.
        return Ok(());
    }
    for of_one in page.keys.chunk_by(|one, next| one.db == next.db) {
        if of_one.iter().any(|key| may_match(context, key)) {
            let db = of_one[0].db;
            let unmapped = || context.destination.problem(EndpointProblem::UnmappedDatabase(db));
            context.destination.open_database(context.job.destination.db.of(db).ok_or_else(unmapped)?).await?;
        }
    }
    Ok(())
}
