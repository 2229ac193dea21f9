//! The clock of a server.

use std::time::{Duration, Instant, SystemTime};

/// The clock of a server: read once, then advanced by the local monotonic clock. If the local time is changed during a
/// run, no keys expire because of that.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    read_at: Instant,
    /// Unix time in ms of the server at `read_at`.
    server_ms: u64,
    /// Server time minus local time, in ms.
    ahead_ms: i64,
    round_trip: Duration,
}

impl Clock {
    /// `server_ms` is the reply to a `TIME` that was sent at `asked`. The server is assumed to answer after half the
    /// round trip.
    pub fn new(asked: Instant, server_ms: u64) -> Self {
        let round_trip = asked.elapsed();
        let local = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let local = local.saturating_sub(round_trip / 2);
        let ahead_ms = i64::try_from(i128::from(server_ms) - local.as_millis().cast_signed()).unwrap_or(i64::MAX);
        Self { read_at: asked + round_trip / 2, server_ms, ahead_ms, round_trip }
    }

    /// The local clock, for a server whose clock cannot be read. `asked` is when a command was sent to it.
    pub fn local(asked: Instant) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let half = asked.elapsed() / 2;
        Self::new(asked, u64::try_from(now.saturating_sub(half).as_millis()).unwrap_or(u64::MAX))
    }

    /// Unix time of the server, in ms.
    pub fn now_ms(&self) -> u64 {
        self.server_ms.saturating_add(u64::try_from(self.read_at.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    pub fn round_trip(&self) -> Duration {
        self.round_trip
    }

    /// The difference between the clocks of two servers.
    pub fn difference(&self, other: &Self) -> Duration {
        Duration::from_millis(self.ahead_ms.abs_diff(other.ahead_ms))
    }
}
