//! How much is on its way at once, so that the way itself takes no time.

use std::time::Duration;

use super::sizer::READ_KEYS;
use crate::job::Lanes;

/// Keys per second that a server hands out or takes, at best: what is in flight should last for a trip at this pace.
const KEYS_PER_SECOND: f64 = 300_000.0;
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

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a trip is no year")]
fn keys_in_a_trip(trip: Duration) -> usize {
    (trip.as_secs_f64() * KEYS_PER_SECOND) as usize
}
