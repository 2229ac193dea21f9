//! Whether the destination is asked which keys exist before their values are read.

use std::cell::Cell;

/// Keys that say something of those that come next.
const ENOUGH: usize = 50;

/// Checks which keys exist before reading them. Stops checking once a batch has none, and resumes when a write hits an
/// existing key.
#[derive(Debug)]
pub struct ExistenceCheck(Cell<bool>);

impl Default for ExistenceCheck {
    fn default() -> Self {
        Self(Cell::new(true))
    }
}

impl ExistenceCheck {
    /// Whether to ask about the next keys.
    pub fn should_ask(&self) -> bool {
        self.0.get()
    }

    /// Learns how many of the keys that were asked for existed. A few that do not exist, which may be left over at the end
    /// of a page, say nothing of the next.
    pub fn answered(&self, asked: usize, existing: usize) {
        if asked >= ENOUGH || existing > 0 {
            self.0.set(existing > 0);
        }
    }

    /// Learns how many writes hit a key that exists.
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
    fn it_stops_asking_when_nothing_exists_and_asks_again_when_something_does() {
        let check = ExistenceCheck::default();
        assert!(check.should_ask());
        check.answered(ENOUGH - 1, 0);
        assert!(check.should_ask());
        check.answered(ENOUGH, 0);
        assert!(!check.should_ask());
        check.wrote(0);
        assert!(!check.should_ask());
        check.wrote(1);
        assert!(check.should_ask());
        check.wrote(0);
        assert!(check.should_ask());
    }
}
