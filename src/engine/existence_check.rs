//! Decides whether to check which keys exist at the destination before their values are read.

use std::cell::Cell;

/// The checks stop after so many keys in a row that do not exist. A few, such as the last keys of a page, are no reason.
const NEW_IN_A_ROW: usize = 50;

/// Checks which keys exist before reading them. Stops checking when many keys in a row do not exist, and resumes when a
/// write hits an existing key.
#[derive(Debug)]
pub struct ExistenceCheck {
    /// Keys that did not exist since the last one that did.
    new: Cell<usize>,
    /// The keys that an earlier run has moved after its last record may be anywhere: none of them is read again.
    is_always_on: bool,
}

impl ExistenceCheck {
    pub fn new(is_always_on: bool) -> Self {
        Self { new: Cell::default(), is_always_on }
    }

    /// Whether to check the next keys.
    pub fn should_ask(&self) -> bool {
        self.new.get() < NEW_IN_A_ROW || self.is_always_on
    }

    /// Records the result of a check.
    pub fn answered(&self, asked: usize, existing: usize) {
        self.new.set(if existing > 0 { 0 } else { self.new.get().saturating_add(asked) });
    }

    /// Records how many writes hit an existing key.
    pub fn wrote(&self, existing: u64) {
        if existing > 0 {
            self.new.set(0);
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
        check.answered(NEW_IN_A_ROW - 1, 0);
        assert!(check.should_ask());
        check.answered(NEW_IN_A_ROW - 1, 1);
        check.answered(NEW_IN_A_ROW - 1, 0);
        assert!(check.should_ask());
        check.answered(1, 0);
        assert!(!check.should_ask());
        check.wrote(0);
        assert!(!check.should_ask());
        check.wrote(1);
        assert!(check.should_ask());
        check.wrote(0);
        assert!(check.should_ask());
    }
}
