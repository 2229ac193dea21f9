//! One lane of a scan, and what the lanes of one scan share.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::{Notify, OnceCell};

use super::range::{CursorRange, Step};
use super::turns::Turns;
use crate::budget::PAGE_BYTES;
use crate::entry::Key;
use crate::error::Stop;
use crate::server::{CursorOrder, Session, slot_of};
use crate::source::{DatabaseSize, Lane, LaneId, Node, NodePage, Page, Position, ScanPlan, SourceKey};

/// The warning for a cursor that no known server returns.
const BACKWARDS: &str = "the source's cursor went backwards: the source is walked again from its start, in one lane";

/// The first keys of a lane are enough with so many bytes of names.
const FIRST_BYTES: usize = 2 * PAGE_BYTES;

/// The lanes that together return every key of a node: for each database only one if cursors are not positions in the
/// keyspace. The lanes of a database wait until those of the one before have ended.
pub fn scan_lanes<'s>(node: &'s Node, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
    let ranges = || match node.server_facts().cursor_order() {
        Some(CursorOrder::Bits) => CursorRange::all(CursorOrder::Bits, plan.lanes),
        Some(CursorOrder::Slots) => CursorRange::of_slots(&node.slots(), plan.lanes),
        None => CursorRange::all(CursorOrder::Bits, 1),
    };
    let count = ranges().len();
    let is_alone = count == 1 && node.server_facts().cursor_order() != Some(CursorOrder::Slots);
    let turns = Rc::new(Turns::new(count));
    let mut lanes: Vec<Box<dyn Lane + 's>> = Vec::new();
    for database in 0..plan.databases.len() {
        let shared = Rc::new(Shared::new(node, plan, (database, Rc::clone(&turns)), count));
        for (id, range) in ranges().into_iter().enumerate() {
            let shared = Rc::clone(&shared);
            lanes.push(Box::new(ScanLane { shared, id, range, is_alone, has_ended: false }));
        }
    }
    lanes
}

/// What the lanes of one database share.
struct Shared<'s> {
    node: &'s Node,
    plan: &'s ScanPlan,
    /// Which of the plan's databases, and when it is walked.
    database: usize,
    turns: Rc<Turns>,
    /// Opened by the first lane.
    session: OnceCell<Rc<Session>>,
    /// How much of the source is in the databases before this one, and in this one, 0–1.
    before: f64,
    weight: f64,
    /// The first keys of each lane: they contain every key that the previous lane returns, too.
    first: Vec<FirstKeys>,
    arrived: Notify,
    shares: Vec<Cell<f64>>,
    returned: Cell<u64>,
    /// A cursor went backwards: one lane walks the whole keyspace, the others end.
    went_backwards: Cell<bool>,
}

/// The first keys of a lane, as many as the last reply of the previous lane can have.
#[derive(Default)]
struct FirstKeys {
    keys: RefCell<HashSet<Key>>,
    /// The sum of `COUNT`, and the bytes of names.
    count: Cell<u32>,
    bytes: Cell<usize>,
    /// The position until which they are known, as a cursor with its bits reversed.
    until: Cell<u64>,
    /// No more are added.
    is_complete: Cell<bool>,
}

/// Walks a part of the keyspace, or all of it.
struct ScanLane<'s> {
    shared: Rc<Shared<'s>>,
    /// Among the lanes of its database.
    id: usize,
    range: CursorRange,
    /// Whether it walks the whole keyspace, until the server returns cursor 0.
    is_alone: bool,
    has_ended: bool,
}

impl Lane for ScanLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async {
            self.shared.turns.wait(self.shared.database).await;
            if self.has_ended || (self.shared.went_backwards.get() && !self.is_alone) {
                self.shared.turns.lane_ended();
                return Ok(None);
            }
            let Shared { node, plan, .. } = *self.shared;
            let session = self.shared.session.get_or_try_init(|| node.scan_session(self.shared.size().db)).await?;
            let scanned = node.scan(session, self.range.cursor(), &plan.selection, plan.count).await?;
            Ok(Some(if self.is_alone { self.step_alone(scanned) } else { self.step_beside_others(scanned).await }))
        }
        .boxed_local()
    }
}

impl ScanLane<'_> {
    /// A step through the whole keyspace, in the order of the server.
    fn step_alone(&mut self, NodePage { cursor, keys, .. }: NodePage) -> Page {
        self.range.jump(cursor);
        self.has_ended = cursor == 0;
        self.shared.shares.iter().for_each(|share| share.set(self.range.share_of(cursor)));
        self.page(cursor, keys, None)
    }

    /// A step through a part of the keyspace. A key at a border is returned by the lane that starts there.
    async fn step_beside_others(&mut self, NodePage { cursor, mut keys, count }: NodePage) -> Page {
        let step = self.range.step(cursor);
        if self.shared.node.server_facts().cursor_order() == Some(CursorOrder::Slots) {
            keys.retain(|key| self.range.has_slot(slot_of(key.as_bytes())));
        } else {
            self.shared.announce_first(self.id, &keys, count, cursor, step);
            self.leave_to_next(&mut keys, cursor, step).await;
        }
        self.has_ended = step == Step::Last;
        self.shared.shares[self.id].set(self.range.share());
        let warning = (step == Step::Backwards && !self.shared.went_backwards.replace(true)).then(|| {
            self.shared.arrived.notify_waiters();
            self.is_alone = true;
            self.range = self.range.whole();
            BACKWARDS.to_owned()
        });
        self.page(cursor, keys, warning)
    }

    /// Leaves out the keys that the next lane returns, too.
    async fn leave_to_next(&self, keys: &mut Vec<Key>, cursor: u64, step: Step) {
        if step == Step::Last
            && self.id + 1 < self.shared.first.len()
            && let Some(next) = self.shared.first_of(self.id + 1, cursor).await
        {
            let next = next.keys.take();
            keys.retain(|key| !next.contains(key));
        }
    }

    fn page(&self, cursor: u64, keys: Vec<Key>, warning: Option<String>) -> Page {
        let shared = &self.shared;
        shared.returned.set(shared.returned.get() + keys.len() as u64);
        let db = shared.size().db;
        let keys = keys.into_iter().map(|key| SourceKey { db, key, value: None }).collect();
        let share = shared.share(cursor == 0).map(|share| shared.before + shared.weight * share);
        let lane: LaneId = shared.database * shared.first.len() + self.id;
        Page { lane, reached: Position::Cursor(cursor), keys, share, warning, ..Page::default() }
    }
}

impl<'s> Shared<'s> {
    fn new(node: &'s Node, plan: &'s ScanPlan, (database, turns): (usize, Rc<Turns>), lanes: usize) -> Self {
        Self {
            node,
            plan,
            database,
            turns,
            session: OnceCell::new(),
            before: plan.share(..database),
            weight: plan.share(database..=database),
            first: (0..lanes).map(|_| FirstKeys::default()).collect(),
            arrived: Notify::new(),
            shares: (0..lanes).map(|_| Cell::new(0.0)).collect(),
            returned: Cell::new(0),
            went_backwards: Cell::new(false),
        }
    }

    fn size(&self) -> DatabaseSize {
        self.plan.databases[self.database]
    }

    /// Keeps the first keys of a lane: from as many `SCAN`s as have the `COUNT` that a reply of the previous lane can have,
    /// unless their names are long, so that `COUNT` is low.
    fn announce_first(&self, lane: usize, keys: &[Key], count: u32, cursor: u64, step: Step) {
        let first = &self.first[lane];
        if lane == 0 || first.is_complete.get() {
            return;
        }
        first.keys.borrow_mut().extend(keys.iter().cloned());
        first.count.set(first.count.get().saturating_add(count));
        first.bytes.set(first.bytes.get() + keys.iter().map(|key| key.as_bytes().len()).sum::<usize>());
        first.until.set(position(cursor));
        let is_enough = first.count.get() >= self.plan.count || first.bytes.get() >= FIRST_BYTES;
        first.is_complete.set(is_enough || step != Step::More);
        self.arrived.notify_waiters();
    }

    /// The first keys of a lane, up to a cursor; `None` if one lane walks the whole keyspace.
    async fn first_of(&self, lane: usize, cursor: u64) -> Option<&FirstKeys> {
        loop {
            let arrived = self.arrived.notified();
            let first = &self.first[lane];
            if first.is_complete.get() || first.until.get() >= position(cursor) {
                return Some(first);
            }
            if self.went_backwards.get() {
                return None;
            }
            arrived.await;
        }
    }

    /// How much of the database has been walked: by the positions of the lanes, or else by the number of keys.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self, has_ended: bool) -> Option<f64> {
        if self.node.server_facts().cursor_order().is_some() {
            Some(self.shares.iter().map(Cell::get).sum::<f64>() / self.shares.len() as f64)
        } else if has_ended {
            Some(1.0)
        } else {
            let all = self.size().keys.filter(|all| *all > 0)?;
            Some((self.returned.get() as f64 / all as f64).min(1.0))
        }
    }
}

/// The position in the keyspace that a `SCAN` has reached.
fn position(cursor: u64) -> u64 {
    if cursor == 0 { u64::MAX } else { cursor.reverse_bits() }
}
