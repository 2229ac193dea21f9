//! How many keys to ask for at once: few at first, more as their sizes become known.
//!
//! `SCAN` hands keys out in the order of their hashes, so what has been read lately is a fair
//! sample of what comes next.

use std::cell::Cell;

/// What a value is taken to be before any has been seen: large, so that few are asked for.
const UNSEEN: usize = 4 * MIB;
/// What one read should bring, in bytes.
const READ_BYTES: usize = MIB;
/// The most keys that are read in one pipeline: enough that the trip does not count, few enough
/// that reading and writing overlap.
pub const READ_KEYS: usize = 1000;
const MIB: usize = 1 << 20;

/// The expected size of a value.
#[derive(Debug)]
pub struct Sizer {
    expected: Cell<usize>,
}

impl Default for Sizer {
    fn default() -> Self {
        Self { expected: Cell::new(UNSEEN) }
    }
}

impl Sizer {
    /// How many keys to ask for in one read.
    pub fn keys(&self) -> usize {
        (READ_BYTES / self.expected.get()).clamp(1, READ_KEYS)
    }

    /// How many bytes `keys` values are expected to be.
    pub fn bytes(&self, keys: usize) -> usize {
        self.expected.get().saturating_mul(keys)
    }

    /// Learns from a read. Believes in larger values at once, in smaller ones by halves.
    pub fn learn(&self, keys: usize, bytes: usize) {
        let Some(mean) = bytes.checked_div(keys) else { return };
        self.expected.set(mean.max(self.expected.get() / 2).max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_asked_for_until_their_size_is_known() {
        let sizer = Sizer::default();
        assert_eq!(sizer.keys(), 1);
        for _ in 0..30 {
            sizer.learn(1, 100);
        }
        assert_eq!((sizer.keys(), sizer.bytes(10)), (READ_KEYS, 1000));
    }

    #[test]
    fn a_large_value_is_believed_at_once() {
        let sizer = Sizer::default();
        sizer.learn(1, 100);
        sizer.learn(2, 16 * MIB);
        assert_eq!((sizer.keys(), sizer.bytes(1)), (1, 8 * MIB));
    }
}
