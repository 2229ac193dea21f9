//! Digests of values.
//!
//! The digest of a fact has 128 bits and depends on random keys, which are new for each comparison. The digest of a value
//! is the sum of the digests of its facts, so it does not depend on their order, and takes no memory. Two different values
//! have the same digest with a probability of about 2^-128. Values that were chosen on purpose make it no likelier,
//! because the keys are secret.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// The sum of the digests of facts.
#[derive(Clone, Debug)]
pub(super) struct Digest<'k> {
    keys: &'k RandomState,
    sum: u128,
}

impl<'k> Digest<'k> {
    pub(super) fn new(keys: &'k RandomState) -> Self {
        Self { keys, sum: 0 }
    }

    /// Adds a fact. The same fact can be added several times, and counts as often.
    pub(super) fn add(&mut self, fact: impl Hash) {
        self.add_referred(fact);
    }

    /// Adds a fact that other facts refer to, and returns its digest.
    pub(super) fn add_referred(&mut self, fact: impl Hash) -> u128 {
        let digest = self.of(fact);
        self.sum = self.sum.wrapping_add(digest);
        digest
    }

    pub(super) fn sum(&self) -> u128 {
        self.sum
    }

    /// The digest of one fact. In other facts, it can stand for what it is the digest of.
    pub(super) fn of(&self, fact: impl Hash) -> u128 {
        let mut hasher = self.keys.build_hasher();
        fact.hash(&mut hasher);
        let low = hasher.finish();
        // The keyed hash of other bytes: the second half does not depend on the first one.
        hasher.write_u8(0);
        u128::from(hasher.finish()) << 64 | u128::from(low)
    }
}
