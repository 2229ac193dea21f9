//! One lane of a scan, and what the lanes of one scan share.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::borders::Borders;
use super::keyspace::{Keyspace, NodeKeyspace};
use super::range::{CursorRange, Step};
use super::turns::Turns;
use crate::entry::Key;
use crate::error::Stop;
use crate::server::CursorOrder;
use crate::source::{DatabaseSize, Lane, LaneId, Node, NodePage, Page, Position, ScanPlan, SourceKey};

/// The warning for a cursor that no known server returns.
const BACKWARDS: &str = "the source's cursor went backwards: the source is walked again from its start, in one lane";

/// The lanes that together return every key of a node, numbered from `first`: for each database only one if cursors are not
/// positions in the keyspace. The lanes of a database wait until those of the one before have ended.
pub fn scan_lanes<'s>(node: &'s Node, plan: &'s ScanPlan, first: LaneId) -> Vec<Box<dyn Lane + 's>> {
    let ranges = || match node.server_facts().cursor_order() {
        Some(CursorOrder::Bits) => CursorRange::all(CursorOrder::Bits, plan.lanes),
        Some(CursorOrder::Slots) => CursorRange::of_slots(&node.slots(), plan.lanes),
        None => CursorRange::all(CursorOrder::Bits, 1),
    };
    let count = ranges().len();
    let turns = Rc::new(Turns::new(count));
    let mut lanes: Vec<Box<dyn Lane + 's>> = Vec::new();
    for (database, size) in plan.databases.iter().enumerate() {
        let keyspace = NodeKeyspace::new(node, plan, size.db);
        let shared = Shared::new(keyspace, plan, (database, Rc::clone(&turns)), (first + database * count, count));
        lanes.extend(shared.lanes(ranges()).into_iter().map(|lane| Box::new(lane) as Box<dyn Lane + 's>));
    }
    lanes
}

/// What the lanes of one database share.
struct Shared<'s, K> {
    keyspace: K,
    plan: &'s ScanPlan,
    /// Which of the plan's databases, and when it is walked.
    database: usize,
    turns: Rc<Turns>,
    /// The number of its first lane.
    first: LaneId,
    /// How much of the source is in the databases before this one, and in this one, 0–1.
    before: f64,
    weight: f64,
    borders: Borders,
    shares: Vec<Cell<f64>>,
    returned: Cell<u64>,
}

/// Walks a part of the keyspace, or all of it.
struct ScanLane<'s, K> {
    shared: Rc<Shared<'s, K>>,
    /// Among the lanes of its database.
    id: usize,
    range: CursorRange,
    /// Whether it walks the whole keyspace, until the server returns cursor 0.
    is_alone: bool,
    has_ended: bool,
    /// Where a later walk can continue. It is frozen when a cursor goes backwards: then pages do not move the position.
    reached: Position,
    is_frozen: bool,
    warning: Option<String>,
    /// The range from its start, if an earlier walk has begun it: the previous lane may need its first keys.
    again: Option<CursorRange>,
}

impl<K: Keyspace> Lane for ScanLane<'_, K> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async {
            self.shared.turns.wait(self.shared.database).await;
            self.list_first().await?;
            if self.has_ended || (self.shared.borders.are_void() && !self.is_alone) {
                self.shared.turns.lane_ended();
                return Ok(None);
            }
            let scanned = self.shared.keyspace.scan(self.range.cursor()).await?;
            Ok(Some(if self.is_alone { self.step_alone(scanned) } else { self.step_beside_others(scanned).await }))
        }
        .boxed_local()
    }
}

impl<K: Keyspace> ScanLane<'_, K> {
    /// Lists the first keys of the lane for the previous one, if an earlier walk has returned them.
    async fn list_first(&mut self) -> Result<(), Stop> {
        let Some(mut again) = self.again.take() else { return Ok(()) };
        let shared = Rc::clone(&self.shared);
        while !shared.borders.is_complete(self.id) && !shared.borders.are_void() {
            let scanned = shared.keyspace.scan(again.cursor()).await?;
            let step = again.step(scanned.cursor);
            shared.borders.announce_first(self.id, &scanned, step);
            if step == Step::Backwards {
                self.walk_alone();
            }
        }
        Ok(())
    }

    /// A step through the whole keyspace, in the order of the server.
    fn step_alone(&mut self, NodePage { cursor, keys, .. }: NodePage) -> Page {
        self.range.jump(cursor);
        self.has_ended = cursor == 0;
        self.shared.shares.iter().for_each(|share| share.set(self.range.share_of(cursor)));
        self.page(cursor, keys)
    }

    /// A step through a part of the keyspace. A key at a border is returned by the lane that starts there.
    async fn step_beside_others(&mut self, mut scanned: NodePage) -> Page {
        let step = self.range.step(scanned.cursor);
        if self.shared.keyspace.order() == Some(CursorOrder::Slots) {
            scanned.keys.retain(|key| self.range.has_slot(key.slot()));
        } else {
            self.shared.borders.announce_first(self.id, &scanned, step);
            if step == Step::Last {
                let NodePage { cursor, keys, .. } = &mut scanned;
                self.is_frozen |= !self.shared.borders.leave_to_next(self.id, keys, *cursor).await;
            }
        }
        self.has_ended = step == Step::Last;
        self.shared.shares[self.id].set(self.range.share());
        if step == Step::Backwards {
            self.walk_alone();
        }
        self.page(scanned.cursor, scanned.keys)
    }

    /// A cursor went backwards, so the lane walks the whole keyspace, unless another one does.
    fn walk_alone(&mut self) {
        self.is_frozen = true;
        if self.shared.borders.void() {
            self.warning = Some(BACKWARDS.to_owned());
            (self.is_alone, self.has_ended) = (true, false);
            self.range = self.range.whole();
        }
    }

    fn page(&mut self, cursor: u64, keys: Vec<Key>) -> Page {
        if !self.is_frozen {
            self.reached = Position::Cursor(cursor);
        }
        let shared = &self.shared;
        shared.returned.set(shared.returned.get() + keys.len() as u64);
        let db = shared.size().db;
        let keys = keys.into_iter().map(|key| SourceKey { db, key, value: None }).collect();
        let share = shared.share(cursor == 0).map(|share| shared.before + shared.weight * share);
        let (lane, warning) = (shared.first + self.id, self.warning.take());
        Page { lane, reached: self.reached, keys, share, warning, ..Page::default() }
    }
}

impl<'s, K: Keyspace> Shared<'s, K> {
    fn new(
        keyspace: K,
        plan: &'s ScanPlan,
        (database, turns): (usize, Rc<Turns>),
        (first, lanes): (LaneId, usize),
    ) -> Self {
        Self {
            keyspace,
            plan,
            database,
            turns,
            first,
            before: plan.share(..database),
            weight: plan.share(database..=database),
            borders: Borders::new(lanes, plan.count),
            shares: (0..lanes).map(|_| Cell::new(0.0)).collect(),
            returned: Cell::new(0),
        }
    }

    /// Its lanes, each at its position.
    fn lanes(self, ranges: Vec<CursorRange>) -> Vec<ScanLane<'s, K>> {
        let has_slots = self.keyspace.order() == Some(CursorOrder::Slots);
        let shared = Rc::new(self);
        let is_alone = ranges.len() == 1 && !has_slots;
        let mut needs_first = false;
        let lane = |(id, mut range): (usize, CursorRange)| {
            let reached = shared.plan.from.get(&(shared.first + id)).copied().unwrap_or_default();
            let has_ended = matches!(reached, Position::Cursor(cursor) if range.resume(cursor));
            shared.shares[id].set(range.share());
            if !std::mem::replace(&mut needs_first, !has_ended && !has_slots) {
                shared.borders.leave_out(id);
            }
            let again = range.has_begun().then(|| range.restarted());
            let shared = Rc::clone(&shared);
            let (is_frozen, warning) = (false, None);
            ScanLane { shared, id, range, is_alone, has_ended, reached, is_frozen, warning, again }
        };
        ranges.into_iter().enumerate().map(lane).collect()
    }

    fn size(&self) -> DatabaseSize {
        self.plan.databases[self.database]
    }

    /// How much of the database has been walked: by the positions of the lanes, or else by the number of keys.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self, has_ended: bool) -> Option<f64> {
        if self.keyspace.order().is_some() {
            Some(self.shares.iter().map(Cell::get).sum::<f64>() / self.shares.len() as f64)
        } else if has_ended {
            Some(1.0)
        } else {
            let all = self.size().keys.filter(|all| *all > 0)?;
            Some((self.returned.get() as f64 / all as f64).min(1.0))
        }
    }
}

#[cfg(test)]
mod tests;
