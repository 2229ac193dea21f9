//! The borders between the lanes of a database, if cursors have their bits reversed.
//!
//! The last reply of a lane may contain keys after its end. The next lane returns them, too, so its first keys are kept until
//! then.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use tokio::sync::Notify;

use super::range::Step;
use crate::budget::PAGE_BYTES;
use crate::entry::Key;
use crate::source::NodePage;

/// The first keys of a lane are enough with so many bytes of names.
const FIRST_BYTES: usize = 2 * PAGE_BYTES;

/// The first keys of each lane: they contain every key that the previous lane returns, too.
pub struct Borders {
    first: Vec<FirstKeys>,
    /// The largest `COUNT`.
    most: u32,
    arrived: Notify,
    /// A cursor went backwards: one lane walks the whole keyspace, the others end.
    are_void: Cell<bool>,
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

impl Borders {
    pub fn new(lanes: usize, most: u32) -> Self {
        let first = (0..lanes).map(|_| FirstKeys::default()).collect();
        Self { first, most, arrived: Notify::new(), are_void: Cell::new(false) }
    }

    /// The first keys of a lane are not needed.
    pub fn leave_out(&self, lane: usize) {
        self.first[lane].is_complete.set(true);
    }

    pub fn is_complete(&self, lane: usize) -> bool {
        self.first[lane].is_complete.get()
    }

    /// Keeps the first keys of a lane: from as many `SCAN`s as have the `COUNT` that a reply of the previous lane can have,
    /// unless their names are long, so that `COUNT` is low.
    pub fn announce_first(&self, lane: usize, NodePage { cursor, keys, count }: &NodePage, step: Step) {
        let first = &self.first[lane];
        if first.is_complete.get() {
            return;
        }
        first.keys.borrow_mut().extend(keys.iter().cloned());
        first.count.set(first.count.get().saturating_add(*count));
        first.bytes.set(first.bytes.get() + keys.iter().map(|key| key.as_bytes().len()).sum::<usize>());
        first.until.set(position(*cursor));
        let is_enough = first.count.get() >= self.most || first.bytes.get() >= FIRST_BYTES;
        first.is_complete.set(is_enough || step != Step::More);
        self.arrived.notify_waiters();
    }

    /// Leaves out the keys that the next lane returns, too. Returns whether they are known.
    pub async fn leave_to_next(&self, lane: usize, keys: &mut Vec<Key>, cursor: u64) -> bool {
        if lane + 1 == self.first.len() {
            return true;
        }
        let next = self.first_of(lane + 1, cursor).await;
        if let Some(next) = &next {
            keys.retain(|key| !next.contains(key));
        }
        next.is_some()
    }

    /// Takes the first keys of a lane, up to a cursor; `None` if one lane walks the whole keyspace.
    async fn first_of(&self, lane: usize, cursor: u64) -> Option<HashSet<Key>> {
        loop {
            let arrived = self.arrived.notified();
            let first = &self.first[lane];
            if first.is_complete.get() || first.until.get() >= position(cursor) {
                return Some(first.keys.take());
            }
            if self.are_void() {
                return None;
            }
            arrived.await;
        }
    }

    /// From now on, one lane walks the whole keyspace. Returns whether that is new.
    pub fn void(&self) -> bool {
        self.arrived.notify_waiters();
        !self.are_void.replace(true)
    }

    pub fn are_void(&self) -> bool {
        self.are_void.get()
    }
}

/// The position in the keyspace that a `SCAN` has reached.
fn position(cursor: u64) -> u64 {
    if cursor == 0 { u64::MAX } else { cursor.reverse_bits() }
}
