//! How many keys to request at once: few at first, more as the sizes of values become known.
//!
//! `SCAN` returns keys in the order of their hashes, so what has been read lately is a fair sample of what comes next.

use std::cell::Cell;

use crate::budget::{READ_BYTES, READ_KEYS, UNSEEN_VALUE};

/// The expected size of a value.
#[derive(Debug)]
pub struct SizeEstimate {
    expected: Cell<usize>,
}

impl Default for SizeEstimate {
    fn default() -> Self {
        Self { expected: Cell::new(UNSEEN_VALUE) }
    }
}

impl SizeEstimate {
    /// How many keys to request in one read.
    pub fn keys(&self) -> usize {
        (READ_BYTES / self.expected.get()).clamp(1, READ_KEYS)
    }

    /// How many bytes `keys` values are expected to be.
    pub fn bytes(&self, keys: usize) -> usize {
        self.expected.get().saturating_mul(keys)
    }

    /// Learns from a read: larger values count at once, smaller ones by halves.
    pub fn learn(&self, keys: usize, bytes: usize) {
        let Some(mean) = bytes.checked_div(keys) else { return };
        self.expected.set(mean.max(self.expected.get() / 2).max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    #[test]
    fn few_are_requested_until_their_size_is_known() {
        let sizer = SizeEstimate::default();
        assert_eq!(sizer.keys(), 1);
        for _ in 0..30 {
            sizer.learn(1, 100);
        }
        assert_eq!((sizer.keys(), sizer.bytes(10)), (READ_KEYS, 1000));
    }

    #[test]
    fn a_large_value_counts_at_once() {
        let sizer = SizeEstimate::default();
        sizer.learn(1, 100);
        sizer.learn(2, 16 * MIB);
        assert_eq!((sizer.keys(), sizer.bytes(1)), (1, 8 * MIB));
    }
}
