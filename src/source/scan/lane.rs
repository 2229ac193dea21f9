//! One lane of a scan, and what the lanes of one scan share.

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::Notify;

use super::range::{CursorRange, Step};
use crate::entry::Key;
use crate::error::Stop;
use crate::source::{Lane, LaneId, Node, NodePage, Page, Position, ScanPlan, SourceKey};

/// The warning for a cursor that no known server returns.
const BACKWARDS: &str = "the source's cursor went backwards: the source is walked again from its start, in one lane";

/// The lanes that together return every key of a node: only one if cursors are not positions in the keyspace.
pub fn scan_lanes<'s>(node: &'s Node, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
    let lanes = if node.server_facts().has_plain_cursor() { plan.lanes } else { 1 };
    let shared = Rc::new(Shared::new(node, plan, lanes));
    let lane = |(id, range)| ScanLane { shared: Rc::clone(&shared), id, range, is_alone: lanes == 1, has_ended: false };
    CursorRange::all(lanes).into_iter().enumerate().map(lane).map(|lane| Box::new(lane) as Box<dyn Lane + 's>).collect()
}

/// What the lanes of one scan share.
struct Shared<'s> {
    node: &'s Node,
    plan: &'s ScanPlan,
    /// The keys of each lane's first reply: they contain every key that the previous lane returns, too.
    first: Vec<OnceCell<HashSet<Key>>>,
    arrived: Notify,
    shares: Vec<Cell<f64>>,
    returned: Cell<u64>,
    /// A cursor went backwards: one lane walks the whole keyspace, the others end.
    went_backwards: Cell<bool>,
}

/// Walks a part of the keyspace, or all of it.
struct ScanLane<'s> {
    shared: Rc<Shared<'s>>,
    id: LaneId,
    range: CursorRange,
    /// Whether it walks the whole keyspace, until the server returns cursor 0.
    is_alone: bool,
    has_ended: bool,
}

impl Lane for ScanLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async {
            if self.has_ended || (self.shared.went_backwards.get() && !self.is_alone) {
                return Ok(None);
            }
            let Shared { node, plan, .. } = *self.shared;
            let scanned = node.scan(self.range.cursor(), &plan.selection, plan.count).await?;
            Ok(Some(if self.is_alone { self.step_alone(scanned) } else { self.step_beside_others(scanned).await }))
        }
        .boxed_local()
    }
}

impl ScanLane<'_> {
    /// A step through the whole keyspace, in the order of the server.
    fn step_alone(&mut self, NodePage { cursor, keys }: NodePage) -> Page {
        self.range.jump(cursor);
        self.has_ended = cursor == 0;
        self.shared.shares.iter().for_each(|share| share.set(CursorRange::share_of(cursor)));
        self.page(cursor, keys, None)
    }

    /// A step through a part of the keyspace. A key at a border is returned by the lane that starts there.
    async fn step_beside_others(&mut self, NodePage { cursor, mut keys }: NodePage) -> Page {
        self.shared.announce_first(self.id, &keys);
        let step = self.range.step(cursor);
        if step == Step::Last
            && self.id + 1 < self.shared.first.len()
            && let Some(next) = self.shared.first_of(self.id + 1).await
        {
            keys.retain(|key| !next.contains(key));
        }
        self.has_ended = step == Step::Last;
        self.shared.shares[self.id].set(self.range.share());
        let warning = (step == Step::Backwards && !self.shared.went_backwards.replace(true)).then(|| {
            self.shared.arrived.notify_waiters();
            self.is_alone = true;
            self.range = CursorRange::all(1).remove(0);
            BACKWARDS.to_owned()
        });
        self.page(cursor, keys, warning)
    }

    fn page(&self, cursor: u64, keys: Vec<Key>, warning: Option<String>) -> Page {
        let shared = &self.shared;
        shared.returned.set(shared.returned.get() + keys.len() as u64);
        let db = shared.node.db();
        let keys = keys.into_iter().map(|key| SourceKey { db, key, value: None }).collect();
        let share = shared.share(cursor == 0);
        Page { lane: self.id, reached: Position::Cursor(cursor), keys, share, warning, ..Page::default() }
    }
}

impl<'s> Shared<'s> {
    fn new(node: &'s Node, plan: &'s ScanPlan, lanes: u32) -> Self {
        Self {
            node,
            plan,
            first: (0..lanes).map(|_| OnceCell::new()).collect(),
            arrived: Notify::new(),
            shares: (0..lanes).map(|_| Cell::new(0.0)).collect(),
            returned: Cell::new(0),
            went_backwards: Cell::new(false),
        }
    }

    fn announce_first(&self, lane: LaneId, keys: &[Key]) {
        if self.first[lane].get().is_none() {
            self.first[lane].set(keys.iter().cloned().collect()).expect("it was empty the moment before");
            self.arrived.notify_waiters();
        }
    }

    /// The keys of a lane's first reply; `None` if one lane walks the whole keyspace.
    async fn first_of(&self, lane: LaneId) -> Option<&HashSet<Key>> {
        loop {
            let arrived = self.arrived.notified();
            match self.first[lane].get() {
                Some(keys) => return Some(keys),
                None if self.went_backwards.get() => return None,
                None => arrived.await,
            }
        }
    }

    /// How much of the source has been walked: by the positions of the lanes, or else by the number of keys.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self, has_ended: bool) -> Option<f64> {
        if self.node.server_facts().has_plain_cursor() {
            Some(self.shares.iter().map(Cell::get).sum::<f64>() / self.shares.len() as f64)
        } else if has_ended {
            Some(1.0)
        } else {
            let all = self.plan.key_count.filter(|all| *all > 0)?;
            Some((self.returned.get() as f64 / all as f64).min(1.0))
        }
    }
}
