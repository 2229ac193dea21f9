//! What waits between two stages of a job.
//!
//! The stage before it waits for room before it takes up work, and never with work in flight. Work that is in flight may
//! hold, or be the next to get, what the stage after it needs: a connection, or keys that may be at risk. So it must go on
//! whatever the stage after it waits for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use tokio::sync::Notify;

/// Items that wait between two stages.
pub struct Queue<T> {
    /// No more work is taken up with this many units waiting: keys, or batches of keys.
    full: usize,
    units: Cell<usize>,
    items: RefCell<VecDeque<(usize, T)>>,
    is_closed: Cell<bool>,
    put: Notify,
    taken: Notify,
}

impl<T> Queue<T> {
    pub fn new(full: usize) -> Self {
        Self {
            full,
            units: Cell::default(),
            items: RefCell::default(),
            is_closed: Cell::default(),
            put: Notify::new(),
            taken: Notify::new(),
        }
    }

    pub fn has_room(&self) -> bool {
        self.units.get() < self.full
    }

    /// Waits until more work may be taken up.
    pub async fn room(&self) {
        while !self.has_room() {
            self.taken.notified().await;
        }
    }

    /// Adds an item of so many units, whether there is room or not.
    pub fn put(&self, item: T, units: usize) {
        self.units.set(self.units.get() + units);
        self.items.borrow_mut().push_back((units, item));
        self.put.notify_one();
    }

    /// No more items follow.
    pub fn close(&self) {
        self.is_closed.set(true);
        self.put.notify_one();
    }

    /// Waits for the next item; `None` after the last.
    pub async fn take(&self) -> Option<T> {
        loop {
            if let Some((units, item)) = self.items.borrow_mut().pop_front() {
                self.units.set(self.units.get() - units);
                self.taken.notify_one();
                return Some(item);
            }
            if self.is_closed.get() {
                return None;
            }
            self.put.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn the_stage_before_waits_until_units_are_taken() {
        let queue = Queue::new(2);
        queue.put("two", 2);
        assert!(queue.room().now_or_never().is_none());
        let ((), item) = tokio::join!(queue.room(), queue.take());
        assert_eq!((item, queue.has_room()), (Some("two"), true));
    }

    #[tokio::test]
    async fn items_beyond_the_room_are_kept() {
        let queue = Queue::new(1);
        for item in ["a", "b", "c"] {
            queue.put(item, 1);
        }
        queue.close();
        let taken = [queue.take().await, queue.take().await, queue.take().await, queue.take().await];
        assert_eq!(taken, [Some("a"), Some("b"), Some("c"), None]);
    }

    #[tokio::test]
    async fn the_stage_after_ends_with_the_stage_before() {
        let queue = Queue::<&str>::new(1);
        let (item, ()) = tokio::join!(queue.take(), async { queue.close() });
        assert_eq!(item, None);
    }
}
