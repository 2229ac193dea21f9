//! Whether the destination is asked before values are read: while keys turn out to be there.

use std::cell::Cell;

/// Keys that tell something of those that come next.
const ENOUGH: usize = 50;

/// Asks at first, and as long as keys exist; goes blind when they do not; asks again when a write
/// runs into one that does.
#[derive(Debug)]
pub struct Asking(Cell<bool>);

impl Default for Asking {
    fn default() -> Self {
        Self(Cell::new(true))
    }
}

impl Asking {
    /// Whether to ask about the next keys.
    pub fn is_on(&self) -> bool {
        self.0.get()
    }

    /// Learns how many of the keys that were asked for existed, as the destination said. A few that do not
    /// exist, as are left over at the end of a page, tell nothing of the next.
    pub fn answered(&self, asked: usize, existing: u64) {
        if asked >= ENOUGH || existing > 0 {
            self.0.set(existing > 0);
        }
    }

    /// Learns how many writes ran into a key that exists.
    pub fn wrote(&self, existing: u64) {
        if existing > 0 {
            self.0.set(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_blind_when_nothing_exists_and_asks_again_when_something_does() {
        let asking = Asking::default();
        assert!(asking.is_on());
        asking.answered(ENOUGH - 1, 0);
        assert!(asking.is_on());
        asking.answered(ENOUGH, 0);
        assert!(!asking.is_on());
        asking.wrote(0);
        assert!(!asking.is_on());
        asking.wrote(1);
        assert!(asking.is_on());
        asking.wrote(0);
        assert!(asking.is_on());
    }
}
