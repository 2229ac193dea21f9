//! How many pipelines are in flight at once, so that a long round trip does not slow the job down.

use std::time::Duration;

use crate::budget::{
    FAR_PIPELINES, IN_FLIGHT_BYTES, LEAST_READ_BYTES, MEASURED_KEYS, NEAR_PIPELINES, READ_BYTES, READ_KEYS,
    SCARCE_IN_FLIGHT, SCARCE_READ, within_room,
};
use crate::destination::Destination;
use crate::job::Lanes;
use crate::server::Memory;
use crate::source::{Source, SourceFacts};

/// The most keys a second that a server returns or accepts. The keys in flight last for one round trip at this rate.
const KEYS_PER_SECOND: f64 = 300_000.0;
/// The same for a source with `max_source_latency`. With a short round trip, it serves one read at a time.
const QUICK_KEYS_PER_SECOND: f64 = 100_000.0;
/// A round trip of at least this is long: then more memory is used.
const LONG_ROUND_TRIP: Duration = Duration::from_millis(5);
/// The fewest `SCAN` calls of a lane. With fewer, removing the duplicates at its border costs too much.
const CALLS_A_LANE: u64 = 4;

/// What a key takes at the source while it is requested, in bytes.
const BYTES_A_KEY: usize = 256;

/// The limits on pipelines and bytes in flight, by round trip.
#[derive(Clone, Copy, Debug)]
pub struct Concurrency {
    to_source: Duration,
    to_destination: Duration,
    /// The memory that the source has left, in bytes, if that is scarce.
    room: Option<u64>,
}

impl Concurrency {
    fn for_round_trips(to_source: Duration, to_destination: Duration) -> Self {
        Self { to_source, to_destination, room: None }
    }

    pub fn of(source: &dyn Source, destination: &dyn Destination) -> Self {
        let concurrency = Self::for_round_trips(source.round_trip(), destination.round_trip());
        match source.facts() {
            SourceFacts::Server(facts) => concurrency.within(&facts.memory),
            SourceFacts::Backup(_) => concurrency,
        }
    }

    /// The same for a source with this memory: replies that we have not read yet take a part of it.
    #[must_use]
    fn within(self, memory: &Memory) -> Self {
        Self { room: memory.room(), ..self }
    }

    /// The keys of one read.
    pub fn read_keys(&self) -> usize {
        (self.read_bytes() / BYTES_A_KEY).min(READ_KEYS)
    }

    /// The bytes that one read should return.
    pub fn read_bytes(&self) -> usize {
        within_room(self.room, SCARCE_READ, [LEAST_READ_BYTES, READ_BYTES])
    }

    /// How many keys are measured after each large value.
    pub fn measured_keys(&self) -> usize {
        if self.room.is_some() { usize::MAX } else { MEASURED_KEYS + self.far_keys() }
    }

    /// Existence checks in flight.
    pub fn existence_checks(&self) -> usize {
        pipelines(self.to_destination, READ_KEYS)
    }

    /// How many of them a long round trip needs; none if it is short.
    pub fn far_existence_checks(&self) -> usize {
        self.existence_checks() - NEAR_PIPELINES
    }

    /// Read pipelines in flight.
    pub fn reads(&self) -> usize {
        pipelines(self.to_source, READ_KEYS)
    }

    /// Read pipelines of `keys` keys in flight, for a source with `max_source_latency`.
    pub fn quick_reads(&self, keys: usize) -> usize {
        (1 + keys_in(self.to_source, QUICK_KEYS_PER_SECOND) / keys).min(FAR_PIPELINES)
    }

    /// Write pipelines of `keys` keys in flight.
    pub fn writes(&self, keys: usize) -> usize {
        pipelines(self.to_destination, keys)
    }

    /// Keys in flight that a long round trip needs; none if it is short.
    pub fn far_keys(&self) -> usize {
        let round_trip = self.to_source.max(self.to_destination);
        // Both reads and writes are in flight.
        if round_trip < LONG_ROUND_TRIP { 0 } else { 4 * keys_in_a_round_trip(round_trip) }
    }

    /// Payload bytes in flight.
    pub fn in_flight_bytes(&self) -> usize {
        let is_far = self.to_source.max(self.to_destination) >= LONG_ROUND_TRIP;
        let most = if is_far { 2 * IN_FLIGHT_BYTES } else { IN_FLIGHT_BYTES };
        within_room(self.room, SCARCE_IN_FLIGHT, [LEAST_READ_BYTES, most])
    }

    /// Lanes for a source of `keys` keys: one if the round trip is short, or the number of keys small or unknown.
    /// `count` is the `COUNT` of each `SCAN`.
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

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a round trip is short")]
fn keys_in(round_trip: Duration, keys_per_second: f64) -> usize {
    (round_trip.as_secs_f64() * keys_per_second) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_with_a_latency_limit_serves_one_read_at_a_time_unless_it_is_distant() {
        let reads =
            |micros| Concurrency::for_round_trips(Duration::from_micros(micros), Duration::ZERO).quick_reads(25);
        assert_eq!([100, 1000, 5000, 20_000].map(reads), [1, 5, 21, FAR_PIPELINES]);
    }
}
