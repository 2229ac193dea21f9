//! A server's clock, followed from here.

use std::time::{Duration, Instant, SystemTime};

/// A server's clock. Read once and carried on by our monotonic one, so that a jump of the clock
/// here does not make keys expire.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    read_at: Instant,
    /// Unix time in ms that the server had then.
    server_ms: u64,
    /// Server's time less ours, in ms.
    ahead_ms: i64,
    round_trip: Duration,
}

impl Clock {
    /// From what a server just answered to a question of `asked`; the round trip counts half.
    #[must_use]
    pub fn new(asked: Instant, server_ms: u64) -> Self {
        let round_trip = asked.elapsed();
        let here = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let here = here.saturating_sub(round_trip / 2);
        let ahead_ms = i64::try_from(i128::from(server_ms) - here.as_millis().cast_signed()).unwrap_or(i64::MAX);
        Self { read_at: asked + round_trip / 2, server_ms, ahead_ms, round_trip }
    }

    /// Unix time in ms that the server has now.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.server_ms.saturating_add(u64::try_from(self.read_at.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// How long the question and its answer took.
    #[must_use]
    pub fn round_trip(&self) -> Duration {
        self.round_trip
    }

    /// How far two servers' clocks are apart.
    #[must_use]
    pub fn apart(&self, other: &Self) -> Duration {
        Duration::from_millis(self.ahead_ms.abs_diff(other.ahead_ms))
    }
}
