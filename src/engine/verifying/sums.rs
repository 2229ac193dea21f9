//! Whether two walks returned the same keys: sums of their hashes, in little memory however many keys there are.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use crate::entry::DbKey;

/// The keys are in so many groups, by bits of their hashes: 512 KiB, which fits into the cache of a processor.
const GROUP_BITS: u32 = 16;

/// The sums of the hashes of keys, which are added by one walk and taken away by another one. If both returned the same keys of
/// a group, its sum is 0. If they did not, it is 0 with a probability of 2^-64.
#[derive(Debug)]
pub struct Sums {
    hasher: RandomState,
    groups: RefCell<Vec<u64>>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { hasher: RandomState::new(), groups: vec![0; 1 << GROUP_BITS].into() }
    }
}

impl Sums {
    pub fn add(&self, key: DbKey<'_>) {
        self.change(key, u64::wrapping_add);
    }

    pub fn take_away(&self, key: DbKey<'_>) {
        self.change(key, u64::wrapping_sub);
    }

    fn change(&self, key: DbKey<'_>, change: fn(u64, u64) -> u64) {
        let hash = self.hasher.hash_one(key);
        let sum = &mut self.groups.borrow_mut()[group(hash)];
        *sum = change(*sum, hash);
    }

    /// Whether both walks returned the same keys.
    pub fn are_even(&self) -> bool {
        self.groups.borrow().iter().all(|sum| *sum == 0)
    }

    /// Whether they returned the same keys of the group of this key.
    pub fn are_even_for(&self, key: DbKey<'_>) -> bool {
        self.groups.borrow()[group(self.hasher.hash_one(key))] == 0
    }
}

fn group(hash: u64) -> usize {
    usize::try_from(hash >> (u64::BITS - GROUP_BITS)).expect("it has few bits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entry::Key;

    proptest! {
        #[test]
        fn sums_are_even_for_every_key_that_both_walks_returned_unless_its_group_has_another_one(
            numbers in prop::collection::btree_set(0..50_000_u32, 0..300), extra in prop::collection::btree_set(0..50_000_u32, 0..9)
        ) {
            let sums = Sums::default();
            let key = |number: u32| Key::from(number.to_be_bytes().to_vec());
            for number in &numbers {
                sums.add(DbKey { db: 0, key: &key(*number) });
            }
            for number in numbers.union(&extra) {
                sums.take_away(DbKey { db: 0, key: &key(*number) });
            }
            let only: Vec<_> = extra.difference(&numbers).collect();
            prop_assert_eq!(sums.are_even(), only.is_empty());
            for number in &only {
                let is_even = sums.are_even_for(DbKey { db: 0, key: &key(**number) });
                prop_assert!(!is_even);
            }
            let uneven = numbers.iter().filter(|number| !sums.are_even_for(DbKey { db: 0, key: &key(**number) })).count();
            // A group has a key of these with a probability below 1/200.
            prop_assert!(uneven <= only.len() + 3, "{} of {}", uneven, numbers.len());
        }
    }
}
