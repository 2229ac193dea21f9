//! How many keys to request at once: few at first, more when the sizes of values are known.
//!
//! `SCAN` returns keys in the order of their hashes, so the last values are a fair sample of the next ones.

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

    /// The expected bytes of `keys` values.
    pub fn bytes(&self, keys: usize) -> usize {
        self.expected.get().saturating_mul(keys)
    }

    /// Updates the estimate after a read. It rises to a larger mean at once, but falls at most by half.
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
    fn few_values_are_requested_until_their_size_is_known() {
        let estimate = SizeEstimate::default();
        assert_eq!(estimate.keys(), 1);
        for _ in 0..30 {
            estimate.learn(1, 100);
        }
        assert_eq!((estimate.keys(), estimate.bytes(10)), (READ_KEYS, 1000));
    }

    #[test]
    fn a_large_value_raises_the_estimate_at_once() {
        let estimate = SizeEstimate::default();
        estimate.learn(1, 100);
        estimate.learn(2, 16 * MIB);
        assert_eq!((estimate.keys(), estimate.bytes(1)), (1, 8 * MIB));
    }
}
