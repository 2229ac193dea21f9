//! The names of the keys of a file: it cannot be asked whether it has a key.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};

use crate::entry::DbKey;

/// The names are in parts, by so many bits of their hashes: a part is small, so it is searched in few lines of the processor's
/// cache, and only it moves when it grows.
const PART_BITS: u32 = 14;

/// The names of keys: 8 bytes for each, a hash with random keys. A key that is not among them is taken for one of them with a
/// probability of 2^-64 for each name.
#[derive(Debug)]
pub struct Names {
    hasher: RandomState,
    parts: RefCell<Vec<Part>>,
}

#[derive(Clone, Debug, Default)]
struct Part {
    hashes: Vec<u64>,
    is_sorted: bool,
}

impl Default for Names {
    fn default() -> Self {
        Self { hasher: RandomState::new(), parts: vec![Part::default(); 1 << PART_BITS].into() }
    }
}

impl Names {
    pub fn insert(&self, key: DbKey<'_>) {
        let hash = self.hasher.hash_one(key);
        let part = &mut self.parts.borrow_mut()[index(hash)];
        if part.hashes.len() == part.hashes.capacity() {
            // Doubling would take twice as much as needed.
            part.hashes.reserve_exact(part.hashes.len() / 8 + 8);
        }
        part.hashes.push(hash);
        part.is_sorted = false;
    }

    pub fn contains(&self, key: DbKey<'_>) -> bool {
        let hash = self.hasher.hash_one(key);
        let part = &mut self.parts.borrow_mut()[index(hash)];
        if !part.is_sorted {
            part.hashes.sort_unstable();
            part.is_sorted = true;
        }
        part.hashes.binary_search(&hash).is_ok()
    }
}

fn index(hash: u64) -> usize {
    usize::try_from(hash >> (u64::BITS - PART_BITS)).expect("it has few bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Key;

    #[test]
    fn names_are_known_by_database_and_key() {
        let names = Names::default();
        let keys: Vec<Key> = (0..5000_u32).map(|number| Key::from(number.to_be_bytes().to_vec())).collect();
        let (known, others) = keys.split_at(2500);
        for (at, key) in known.iter().enumerate() {
            names.insert(DbKey { db: 0, key });
            assert!(at % 100 > 0 || names.contains(DbKey { db: 0, key }));
        }
        assert!(known.iter().all(|key| names.contains(DbKey { db: 0, key })));
        assert!(!known.iter().any(|key| names.contains(DbKey { db: 1, key })));
        assert!(!others.iter().any(|key| names.contains(DbKey { db: 0, key })));
    }
}
