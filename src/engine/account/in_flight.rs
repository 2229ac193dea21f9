//! The keys in flight, for a source that may return a key more than once.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::{Entry, HashTable};

use crate::entry::Key;

/// What identifies a key of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyId {
    pub db: u16,
    pub key: Key,
}

impl KeyId {
    /// Whether both share the same bytes in memory, because one is a clone of the other. Reads no byte of the keys. All
    /// empty keys are the same.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let (bytes, others) = (self.key.as_bytes(), other.key.as_bytes());
        self.db == other.db && bytes.len() == others.len() && (bytes.is_empty() || bytes.as_ptr() == others.as_ptr())
    }
}

/// The keys that are in flight.
///
/// A key is hashed once, when it is taken up. When it is settled, its bytes are not in the CPU's caches any more, and
/// reading them again took a fifth of the CPU time. So the ticket keeps the hash, and the key is recognised by its
/// address.
#[derive(Default)]
pub struct InFlight {
    keys: HashTable<KeyId>,
    hasher: DefaultHashBuilder,
}

/// The hash of a key in flight. If the source returns each key once, it has no meaning.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyHash(u64);

impl InFlight {
    /// Adds a key; `None` if it is in flight already.
    pub fn insert(&mut self, id: &KeyId) -> Option<KeyHash> {
        let hash = self.hasher.hash_one(id);
        match self.keys.entry(hash, |known| known == id, |known| self.hasher.hash_one(known)) {
            Entry::Occupied(_) => None,
            Entry::Vacant(place) => {
                place.insert(id.clone());
                Some(KeyHash(hash))
            }
        }
    }

    pub fn remove(&mut self, id: &KeyId, KeyHash(hash): KeyHash) {
        if let Ok(entry) = self.keys.find_entry(hash, |known| known.is_same_as(id)) {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(db: u16, key: &str) -> KeyId {
        KeyId { db, key: Key::from(key.as_bytes().to_vec()) }
    }

    #[test]
    fn a_key_is_in_flight_once_in_each_database_until_it_is_removed() {
        let mut in_flight = InFlight::default();
        let first = id(0, "k");
        let hash = in_flight.insert(&first).expect("it is new");
        assert!(in_flight.insert(&id(0, "k")).is_none());
        assert!(in_flight.insert(&id(3, "k")).is_some());
        in_flight.remove(&first, hash);
        assert!(in_flight.insert(&id(0, "k")).is_some());
        assert!(in_flight.insert(&id(3, "k")).is_none());
    }
}
