//! How much is on its way at once, so that the way itself takes no time.

use std::time::Duration;

use super::sizer::READ_KEYS;
use crate::job::Lanes;

/// Keys per second that a server hands out or takes, at best: what is in flight should last for a trip at this pace.
const KEYS_PER_SECOND: f64 = 300_000.0;
/// The same of a source that is to stay quick: what its own answers leave room for, so that the way there does not
/// count, and near ones are read one by one.
const QUICK_KEYS_PER_SECOND: f64 = 100_000.0;
/// Pipelines in flight where the trip takes no time: one at the server, one on its way there, one on its way back.
const NEAR: usize = 4;
/// The most pipelines in flight.
const FAR: usize = 64;
/// Trips from here on are far, and worth more memory.
const FAR_TRIP: Duration = Duration::from_millis(5);
/// Payload bytes that may be on their way at once: asked for, held here, or being written.
const WINDOW: usize = 16 << 20;
/// Calls that a lane should have to make, at least: else its border is more work than its middle.
const CALLS_A_LANE: u64 = 4;

/// What may be on its way at once on a job's two ways.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    to_source: Duration,
    to_destination: Duration,
}

impl Depth {
    /// For round trips of so long.
    pub fn for_trips(to_source: Duration, to_destination: Duration) -> Self {
        Self { to_source, to_destination }
    }

    /// Questions in flight which keys the destination has.
    pub fn asks(&self) -> usize {
        pipelines(self.to_destination, READ_KEYS)
    }

    /// Read pipelines in flight.
    pub fn reads(&self) -> usize {
        pipelines(self.to_source, READ_KEYS)
    }

    /// Read pipelines in flight, of so many keys each, where the source is to stay quick.
    pub fn quick_reads(&self, keys: usize) -> usize {
        (1 + keys_in(self.to_source, QUICK_KEYS_PER_SECOND) / keys).min(FAR)
    }

    /// Write pipelines in flight, of so many keys each.
    pub fn writes(&self, keys: usize) -> usize {
        pipelines(self.to_destination, keys)
    }

    /// Payload bytes in flight.
    pub fn window(&self) -> usize {
        if self.to_source.max(self.to_destination) < FAR_TRIP { WINDOW } else { 2 * WINDOW }
    }

    /// Lanes in which a source of `keys` keys is walked: one where the trip is short, or the keyspace small or unknown.
    /// `count` is that of each `SCAN`.
    pub fn lanes(&self, wanted: Lanes, count: u32, keys: Option<u64>) -> u32 {
        match wanted {
            Lanes::Fixed(lanes) => lanes,
            Lanes::Auto if self.to_source < FAR_TRIP => 1,
            Lanes::Auto => {
                let needed = keys_in_a_trip(self.to_source).div_ceil(count as usize).next_power_of_two();
                let worth_it = (keys.unwrap_or(0) / (u64::from(count) * CALLS_A_LANE)).max(1);
                let worth_it = 1_u64 << worth_it.ilog2();
                u32::try_from(worth_it.min(needed as u64)).unwrap_or(Lanes::MOST).min(Lanes::MOST)
            }
        }
    }
}

fn pipelines(trip: Duration, keys: usize) -> usize {
    (NEAR + keys_in_a_trip(trip).div_ceil(keys)).min(FAR)
}

fn keys_in_a_trip(trip: Duration) -> usize {
    keys_in(trip, KEYS_PER_SECOND)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a trip is no year")]
fn keys_in(trip: Duration, keys_per_second: f64) -> usize {
    (trip.as_secs_f64() * keys_per_second) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_source_is_read_one_by_one_unless_it_is_far() {
        let reads = |micros| Depth::for_trips(Duration::from_micros(micros), Duration::ZERO).quick_reads(25);
        assert_eq!([100, 1000, 5000, 20_000].map(reads), [1, 5, 21, FAR]);
    }
}
