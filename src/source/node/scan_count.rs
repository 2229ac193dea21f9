//! The `COUNT` of `SCAN`, so that the key names of one reply are bounded in bytes.

use std::cell::Cell;

use crate::budget::{LEAST_PAGE_BYTES, PAGE_BYTES, SCARCE_READ, within_room};
use crate::server::ServerFacts;

/// The first `COUNT` if nothing is known about the keys.
const FIRST: u32 = 16;
/// If the names and values of all keys take less memory than this, in bytes, all names may be returned at once.
const SMALL_DATASET: u64 = 4 << 20;
/// `COUNT` grows at most by this factor.
const GROWTH: u32 = 4;

/// The `COUNT` of the next `SCAN`. It begins low if names may be long, and then follows the bytes that were returned.
#[derive(Debug)]
pub struct ScanCount {
    /// The bytes of names that one `SCAN` should return.
    page_bytes: usize,
    /// By the bytes that were returned.
    by_bytes: Cell<u32>,
    /// Less if the connection was lost at a larger one.
    by_losses: Cell<u32>,
}

impl ScanCount {
    pub fn new(facts: &ServerFacts) -> Self {
        let (room, dataset) = (facts.memory.room(), facts.memory.dataset);
        let page_bytes = within_room(room, SCARCE_READ, [LEAST_PAGE_BYTES, PAGE_BYTES]);
        // Names take no more memory than names and values together.
        let first = match dataset.and_then(|bytes| bytes.checked_div(facts.keys)) {
            Some(_) if room.is_none() && dataset < Some(SMALL_DATASET) => u32::MAX,
            Some(mean) => fitting(page_bytes, 1, mean),
            None => FIRST,
        };
        Self { page_bytes, by_bytes: Cell::new(first), by_losses: Cell::new(u32::MAX) }
    }

    /// The `COUNT` of the next `SCAN`, at most `most`.
    pub fn next(&self, most: u32) -> u32 {
        most.min(self.by_bytes.get()).min(self.by_losses.get())
    }

    /// A `SCAN` with this `COUNT` returned so many bytes of names.
    pub fn returned(&self, count: u32, bytes: usize) {
        let most = self.by_bytes.get().max(count).saturating_mul(GROWTH);
        self.by_bytes.set(fitting(self.page_bytes, count, bytes as u64).min(most));
        self.by_losses.set(self.by_losses.get().max(count.saturating_mul(2)));
    }

    /// The connection was lost during a `SCAN` with this `COUNT`, maybe because the reply was too long.
    pub fn lost(&self, count: u32) {
        self.by_losses.set((count / 2).max(1));
    }
}

/// The `COUNT` that returns about `page_bytes`, if `count` returns `bytes`; at least 1.
fn fitting(page_bytes: usize, count: u32, bytes: u64) -> u32 {
    let count = u64::from(count) * page_bytes as u64 / bytes.max(1);
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(info: &str) -> ScanCount {
        let info = format!("redis_version:7.0.0\r\n{info}");
        ScanCount::new(&ServerFacts::parse("h:1".into(), &info).expect("has a version"))
    }

    fn of_dataset(bytes: u64, keys: u64) -> ScanCount {
        count(&format!("used_memory_dataset:{bytes}\r\ndb0:keys={keys},expires=0\r\n"))
    }

    #[test]
    fn the_first_count_follows_from_the_mean_size_of_keys() {
        assert_eq!(count("").next(1000), FIRST);
        assert_eq!(of_dataset(60_000, 300).next(1000), 1000);
        assert_eq!(of_dataset(1 << 30, 1 << 10).next(1000), 1);
        assert_eq!(of_dataset(1 << 30, 1 << 18).next(1000), 128);
    }

    #[test]
    fn the_count_of_a_full_cache_is_low() {
        let full = "used_memory:600\r\nmaxmemory:600\r\nmaxmemory_policy:allkeys-lru\r\nused_memory_dataset:51200\r\ndb0:keys=100\r\n";
        assert_eq!(count(full).next(1000), 4);
    }

    #[test]
    fn long_names_lower_the_count_at_once_and_short_ones_raise_it_by_steps() {
        let count = of_dataset(0, 1);
        count.returned(1000, 100 * PAGE_BYTES);
        assert_eq!(count.next(1000), 10);
        count.returned(10, 100);
        assert_eq!(count.next(1000), 40);
        count.returned(40, 0);
        assert_eq!(count.next(1000), 160);
    }

    #[test]
    fn a_lost_connection_halves_the_count_and_each_reply_doubles_it() {
        let count = of_dataset(0, 1);
        count.lost(count.next(1000));
        count.lost(count.next(1000));
        assert_eq!(count.next(1000), 250);
        count.returned(250, 100);
        assert_eq!(count.next(1000), 500);
        (0..20).for_each(|_| count.lost(count.next(1000)));
        assert_eq!(count.next(1000), 1);
    }

    proptest! {
        #[test]
        fn names_of_one_length_fill_a_page_and_not_more(length in 1_usize..3_000_000, most in 1_u32..2000) {
            let count = count("");
            for _ in 0..12 {
                let next = count.next(most);
                count.returned(next, length * next as usize);
            }
            let next = count.next(most) as usize;
            prop_assert!(next == 1 || next * length <= PAGE_BYTES);
            prop_assert!(next == most as usize || (next + 1) * length > PAGE_BYTES);
        }
    }
}
