//! What decides when a walk sleeps, for all its jobs together.

use std::cell::Cell;

use tokio::sync::{Mutex, MutexGuard};

/// What decides when a walk sleeps, for all its jobs together.
#[derive(Debug, Default)]
pub struct PauseCounts {
    pub has_executed: Cell<bool>,
    /// Existing keys since the last sleep for existing keys.
    pub existing: Cell<u64>,
    /// Whether the user knows that the pauses slow the walk down.
    pub is_reported: Cell<bool>,
    turn: Mutex<()>,
}

impl PauseCounts {
    /// Waits until no other job of the walk moves keys or sleeps. Then none does until the turn is dropped.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}
