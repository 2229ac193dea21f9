//! How large values are: measured when that is needed, and otherwise expected to be like the last ones.
//!
//! `SCAN` returns keys in the order of their hashes, so the last values are a fair sample of the next ones. To measure
//! every value costs a quarter of the source's time. So values are measured at the start, and after every large value,
//! until so many others followed that large values must be rare.

use std::cell::Cell;

use crate::budget::{LARGE_READ, UNSEEN_VALUE};

/// The sizes of values, and whether to measure the next ones.
#[derive(Debug)]
pub struct SizeEstimate {
    /// The expected size of a value that is not measured.
    expected: Cell<usize>,
    /// Keys that were measured since the last large value.
    measured: Cell<usize>,
    /// So many keys are measured after a large value.
    enough: usize,
    /// The source does not report sizes.
    is_blind: Cell<bool>,
    /// The last large value of such a source, and the keys that were read after it.
    large: Cell<usize>,
    read_since: Cell<usize>,
}

impl SizeEstimate {
    /// `enough` is how many keys are measured after each large value.
    pub fn new(enough: usize) -> Self {
        Self {
            expected: Cell::new(UNSEEN_VALUE),
            measured: Cell::new(0),
            enough,
            is_blind: Cell::new(false),
            large: Cell::new(UNSEEN_VALUE),
            read_since: Cell::new(0),
        }
    }

    /// The expected size of a value that is not measured.
    pub fn expected(&self) -> usize {
        self.expected.get()
    }

    /// Whether to measure the next values.
    pub fn should_measure(&self) -> bool {
        !self.is_blind.get() && self.measured.get() < self.enough
    }

    /// Records that values are about to be measured.
    pub fn measuring(&self, keys: usize) {
        self.measured.set(self.measured.get().saturating_add(keys));
    }

    /// Updates the estimate after values were measured. `None` is a value that the source does not report.
    pub fn measured(&self, sizes: &[Option<usize>]) {
        let known = || sizes.iter().flatten();
        let Some(mean) = known().sum::<usize>().checked_div(known().count()) else {
            self.is_blind.set(!sizes.is_empty());
            return;
        };
        self.expected.set(mean.max(1));
        if known().any(|size| *size >= LARGE_READ) {
            self.measured.set(0);
        }
    }

    /// Updates the estimate after values were read. It rises at once, but falls at most by half. If the source does not
    /// report sizes, one large value makes the next reads small.
    pub fn learn(&self, keys: usize, bytes: usize, largest: usize) {
        let Some(mean) = bytes.checked_div(keys) else { return };
        if largest >= LARGE_READ {
            self.measured.set(0);
            self.large.set(largest);
            self.read_since.set(0);
        } else {
            self.read_since.set(self.read_since.get().saturating_add(keys));
        }
        let least = if self.is_blind.get() { self.rare() } else { self.expected.get() / 2 };
        self.expected.set(mean.max(least).max(1));
    }

    /// What a large value adds to the expected size of each: if none came for some keys, one in so many may be large.
    fn rare(&self) -> usize {
        self.large.get() / self.read_since.get().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn values_are_expected_to_be_large_until_some_were_read() {
        let estimate = SizeEstimate::new(100);
        assert_eq!(estimate.expected(), UNSEEN_VALUE);
        for _ in 0..30 {
            estimate.learn(1, 100, 100);
        }
        assert_eq!(estimate.expected(), 100);
    }

    #[test]
    fn values_are_measured_at_the_start_and_after_a_large_one() {
        let estimate = SizeEstimate::new(100);
        assert!(estimate.should_measure());
        estimate.measuring(100);
        assert!(!estimate.should_measure());
        estimate.measured(&[Some(10), Some(30), None]);
        assert_eq!((estimate.should_measure(), estimate.expected()), (false, 20));
        estimate.learn(100, MIB, LARGE_READ - 1);
        assert!(!estimate.should_measure());
        estimate.learn(100, MIB, LARGE_READ);
        assert!(estimate.should_measure());
        estimate.measuring(100);
        estimate.measured(&[Some(LARGE_READ)]);
        assert!(estimate.should_measure());
    }

    #[test]
    fn a_source_that_always_measures_never_stops() {
        let estimate = SizeEstimate::new(usize::MAX);
        estimate.measuring(1 << 40);
        estimate.measured(&[Some(1); 9]);
        assert!(estimate.should_measure());
    }

    #[test]
    fn a_source_that_reports_no_sizes_is_not_asked_again_and_read_carefully_after_a_large_value() {
        let estimate = SizeEstimate::new(100);
        estimate.measured(&[]);
        assert!(estimate.should_measure());
        estimate.measured(&[None, None]);
        assert!(!estimate.should_measure());
        estimate.learn(1000, 16 * MIB, 15 * MIB);
        assert_eq!((estimate.should_measure(), estimate.expected()), (false, 15 * MIB));
        for (keys, expected) in [(1, 15 * MIB), (2, 5 * MIB), (27, MIB / 2), (270, 15 * MIB / 300)] {
            estimate.learn(keys, 100 * keys, 100);
            assert_eq!(estimate.expected(), expected);
        }
        estimate.learn(10_000_000, 1_000_000_000, 100);
        assert_eq!(estimate.expected(), 100);
    }
}
