//! How many pipelines are in flight at once, so that the round trip does not count.

use std::time::Duration;

use crate::budget::{FAR_PIPELINES, IN_FLIGHT_BYTES, NEAR_PIPELINES, READ_KEYS};
use crate::job::Lanes;

/// Keys a second that a server returns or accepts, at best: what is in flight should last for a round trip at this pace.
const KEYS_PER_SECOND: f64 = 300_000.0;
/// The same for a source that must stay quick: near ones are read one by one.
const QUICK_KEYS_PER_SECOND: f64 = 100_000.0;
/// Round trips from here on are long, and worth more memory.
const LONG_ROUND_TRIP: Duration = Duration::from_millis(5);
/// The fewest calls that a lane is worth: with fewer, its border is more work than its middle.
const CALLS_A_LANE: u64 = 4;

/// What may be in flight at once to and from the endpoints of a job.
#[derive(Clone, Copy, Debug)]
pub struct Concurrency {
    to_source: Duration,
    to_destination: Duration,
}

impl Concurrency {
    /// For round trips of this length.
    pub fn for_round_trips(to_source: Duration, to_destination: Duration) -> Self {
        Self { to_source, to_destination }
    }

    /// Existence checks in flight.
    pub fn existence_checks(&self) -> usize {
        pipelines(self.to_destination, READ_KEYS)
    }

    /// Read pipelines in flight.
    pub fn reads(&self) -> usize {
        pipelines(self.to_source, READ_KEYS)
    }

    /// Read pipelines in flight, of so many keys each, if the source must stay quick.
    pub fn quick_reads(&self, keys: usize) -> usize {
        (1 + keys_in(self.to_source, QUICK_KEYS_PER_SECOND) / keys).min(FAR_PIPELINES)
    }

    /// Write pipelines in flight, of so many keys each.
    pub fn writes(&self, keys: usize) -> usize {
        pipelines(self.to_destination, keys)
    }

    /// Payload bytes in flight.
    pub fn in_flight_bytes(&self) -> usize {
        if self.to_source.max(self.to_destination) < LONG_ROUND_TRIP { IN_FLIGHT_BYTES } else { 2 * IN_FLIGHT_BYTES }
    }

    /// Lanes in which a source of `keys` keys is walked: one if the round trip is short, or the keyspace small or unknown.
    /// `count` is that of each `SCAN`.
    pub fn lanes(&self, wanted: Lanes, count: u32, keys: Option<u64>) -> u32 {
        match wanted {
            Lanes::Fixed(lanes) => lanes,
            Lanes::Auto if self.to_source < LONG_ROUND_TRIP => 1,
            Lanes::Auto => {
                let needed = keys_in_a_round_trip(self.to_source).div_ceil(count as usize).next_power_of_two();
                let worth_it = (keys.unwrap_or(0) / (u64::from(count) * CALLS_A_LANE)).max(1);
                let worth_it = 1_u64 << worth_it.ilog2();
                u32::try_from(worth_it.min(needed as u64)).unwrap_or(Lanes::MOST).min(Lanes::MOST)
            }
        }
    }
}

fn pipelines(round_trip: Duration, keys: usize) -> usize {
    (NEAR_PIPELINES + keys_in_a_round_trip(round_trip).div_ceil(keys)).min(FAR_PIPELINES)
}

fn keys_in_a_round_trip(round_trip: Duration) -> usize {
    keys_in(round_trip, KEYS_PER_SECOND)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a round trip is no year")]
fn keys_in(round_trip: Duration, keys_per_second: f64) -> usize {
    (round_trip.as_secs_f64() * keys_per_second) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_source_is_read_one_by_one_unless_it_is_far() {
        let reads =
            |micros| Concurrency::for_round_trips(Duration::from_micros(micros), Duration::ZERO).quick_reads(25);
        assert_eq!([100, 1000, 5000, 20_000].map(reads), [1, 5, 21, FAR_PIPELINES]);
    }
}
