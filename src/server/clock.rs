//! A server's clock, followed from here.

use std::time::{Duration, Instant, SystemTime};

use redis::{Value, from_redis_value};

use super::Connection;
use crate::error::EndpointError;

/// A server's clock. Read once and carried on by our monotonic one, so that a jump of the clock
/// here does not make keys expire.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    read_at: Instant,
    /// Unix time in ms that the server had then.
    server_ms: u64,
    /// Server's time less ours, in ms.
    ahead_ms: i64,
}

impl Clock {
    /// Asks for the server's `TIME`; the trip there and back counts half.
    ///
    /// # Errors
    ///
    /// The server does not say.
    pub async fn read(connection: &Connection) -> Result<Self, EndpointError> {
        let asked = Instant::now();
        let reply = connection.demand(&redis::cmd("TIME")).await?;
        let trip = asked.elapsed();
        let server_ms = time_ms(reply).ok_or_else(|| connection.not_understood("`TIME` without seconds"))?;
        let here = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let here = here.saturating_sub(trip / 2);
        let ahead_ms = i64::try_from(i128::from(server_ms) - here.as_millis().cast_signed()).unwrap_or(i64::MAX);
        Ok(Self { read_at: asked + trip / 2, server_ms, ahead_ms })
    }

    /// Unix time in ms that the server has now.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.server_ms.saturating_add(u64::try_from(self.read_at.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// How far two servers' clocks are apart.
    #[must_use]
    pub fn apart(&self, other: &Self) -> Duration {
        Duration::from_millis(self.ahead_ms.abs_diff(other.ahead_ms))
    }
}

/// Unix time in ms out of a reply to `TIME`: seconds, microseconds.
#[must_use]
pub fn time_ms(reply: Value) -> Option<u64> {
    let (seconds, micros): (u64, u64) = from_redis_value(reply).ok()?;
    Some(seconds * 1000 + micros / 1000)
}
