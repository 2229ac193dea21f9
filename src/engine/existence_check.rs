//! Decides whether to check which keys exist at the destination before their values are read.

use std::cell::Cell;

/// The fewest keys without an existing one that stop the checks.
const MIN_SAMPLE: usize = 50;

/// Checks which keys exist before reading them. Stops checking once a batch has none, and resumes when a write hits an
/// existing key.
#[derive(Debug)]
pub struct ExistenceCheck {
    is_on: Cell<bool>,
    /// The keys that an earlier run has moved after its last record may be anywhere: none of them is read again.
    is_always_on: bool,
}

impl ExistenceCheck {
    pub fn new(is_always_on: bool) -> Self {
        Self { is_on: Cell::new(true), is_always_on }
    }

    /// Whether to check the next keys.
    pub fn should_ask(&self) -> bool {
        self.is_on.get() || self.is_always_on
    }

    /// Records the result of a check. A few keys that do not exist, such as the last keys of a page, are no reason to
    /// stop checking.
    pub fn answered(&self, asked: usize, existing: usize) {
        if asked >= MIN_SAMPLE || existing > 0 {
            self.is_on.set(existing > 0);
        }
    }

    /// Records how many writes hit an existing key.
    pub fn wrote(&self, existing: u64) {
        if existing > 0 {
            self.is_on.set(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_asking_when_nothing_exists_and_asks_again_when_something_does() {
        let check = ExistenceCheck::new(false);
        assert!(check.should_ask());
        check.answered(MIN_SAMPLE - 1, 0);
        assert!(check.should_ask());
        check.answered(MIN_SAMPLE, 0);
        assert!(!check.should_ask());
        check.wrote(0);
        assert!(!check.should_ask());
        check.wrote(1);
        assert!(check.should_ask());
        check.wrote(0);
        assert!(check.should_ask());
    }
}
