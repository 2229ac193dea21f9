//! Lets the databases of a server be walked one after the other: each needs connections of its own, and servers limit
//! their clients.

use std::cell::Cell;

use tokio::sync::Notify;

/// Which database is walked now.
pub struct Turns {
    /// The number of lanes of each database.
    lanes: usize,
    current: Cell<usize>,
    /// Lanes of the current database that have ended.
    ended: Cell<usize>,
    next: Notify,
}

impl Turns {
    pub fn new(lanes: usize) -> Self {
        Self { lanes, current: Cell::new(0), ended: Cell::new(0), next: Notify::new() }
    }

    /// Waits until every lane of the databases before this one has ended.
    pub async fn wait(&self, database: usize) {
        loop {
            let next = self.next.notified();
            if self.current.get() >= database {
                return;
            }
            next.await;
        }
    }

    /// A lane of the current database has ended.
    pub fn lane_ended(&self) {
        self.ended.set(self.ended.get() + 1);
        if self.ended.get() == self.lanes {
            self.ended.set(0);
            self.current.set(self.current.get() + 1);
            self.next.notify_waiters();
        }
    }
}
