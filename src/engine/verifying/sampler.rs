//! A random sample of keys.

use std::hash::{BuildHasher, RandomState};

use crate::entry::DbKey;

/// The keys that a sample should have. If none of them differs, at most 0.03 % of all keys do, with a confidence of 95 %.
const KEYS: u64 = 10_000;
/// The share of the keys if their number is unknown.
const UNKNOWN: f64 = 0.1;

/// Decides by a hash of database and name, with random keys, whether a key is in the sample. The same at both sides.
#[derive(Clone, Debug)]
pub struct Sampler {
    hasher: RandomState,
    rate: f64,
}

impl Sampler {
    /// A sample of a source of so many keys; `None` if their number is unknown.
    #[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
    pub fn of(keys: Option<u64>) -> Self {
        let rate = keys.map_or(UNKNOWN, |keys| (KEYS as f64 / keys.max(1) as f64).min(1.0));
        Self { hasher: RandomState::new(), rate }
    }

    /// The probability with which a key is in the sample, 0–1.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Whether a key of the source is in the sample.
    #[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
    pub fn takes(&self, key: DbKey<'_>) -> bool {
        self.rate >= 1.0 || (self.hasher.hash_one(key) as f64) < self.rate * u64::MAX as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Key;

    #[test]
    fn a_sample_has_about_the_wanted_number_of_keys_and_few_keys_are_all_compared() {
        let keys: Vec<Key> = (0..100_000_u32).map(|number| Key::from(number.to_be_bytes().to_vec())).collect();
        let taken = |sampler: &Sampler| keys.iter().filter(|key| sampler.takes(DbKey { db: 0, key })).count();
        // More than ten standard deviations.
        assert!((9000..11_000).contains(&taken(&Sampler::of(Some(100_000)))));
        assert!((9000..11_000).contains(&taken(&Sampler::of(None))));
        assert_eq!(taken(&Sampler::of(Some(10_000))), 100_000);
        assert_eq!(taken(&Sampler::of(Some(0))), 100_000);
    }
}
