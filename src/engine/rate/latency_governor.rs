//! Keeps the latency of the source below `max_source_latency`: the rate rises slowly, and falls fast when the limit is
//! exceeded.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};

use super::throttle::Throttle;
use super::token_bucket::TokenBucket;
use crate::source::Source;

/// The lowest rate, in keys a second, so that the job makes progress at any latency.
const FLOOR: f64 = 500.0;
/// The highest rate, in keys a second: more than a job can reach.
const CEILING: f64 = 2_000_000.0;
/// Added to the rate after each reply within the limit.
const INCREASE: f64 = 500.0;
/// The rate is multiplied by this after each reply above the limit.
const DECREASE: f64 = 0.6;
/// The time between two `PING`s.
const PING_INTERVAL: Duration = Duration::from_millis(20);
/// `PING`s before the job starts, which measure the latency without its load.
const FIRST_PINGS: usize = 10;

/// Measures the latency of the source regularly, and adjusts the rate. Never returns.
pub async fn govern(source: &dyn Source, limit: Option<Duration>, throttle: &Throttle) {
    let (Some(limit), Some(rate)) = (limit, throttle.latency()) else {
        return std::future::pending().await;
    };
    let mut ticks = interval(PING_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match source.ping().await {
            Ok(Some(latency)) => adjust(rate, latency, limit),
            // Another stage reports the error.
            Ok(None) | Err(_) => return std::future::pending().await,
        }
    }
}

/// The warning if the latency of the source exceeds the limit before the job starts.
pub async fn warn_if_slow(source: &dyn Source, limit: Duration) -> Option<String> {
    let mut seen = Vec::with_capacity(FIRST_PINGS);
    for _ in 0..FIRST_PINGS {
        let Ok(Some(latency)) = source.ping().await else { return None };
        seen.push(latency);
        sleep(PING_INTERVAL / 4).await;
    }
    seen.sort_unstable();
    let median = seen[seen.len() / 2];
    (median > limit).then(|| {
        let micros = Duration::from_micros(u64::try_from(median.as_micros()).unwrap_or(u64::MAX));
        format!(
            "the source takes {} to answer a `PING` before the job starts, which is more than `max_source_latency` ({}): the \
             job will run at the lowest rate, {FLOOR} keys a second",
            humantime::format_duration(micros),
            humantime::format_duration(limit),
        )
    })
}

/// Additive increase, multiplicative decrease. Close to the limit the rate is held: probes 20 ms apart see less latency
/// than a busy client does.
fn adjust(bucket: &TokenBucket, latency: Duration, limit: Duration) {
    let rate = bucket.rate();
    let rate = if latency > limit {
        rate * DECREASE
    } else if latency > limit / 2 {
        rate
    } else {
        rate + INCREASE
    };
    bucket.set_rate(rate.clamp(FLOOR, CEILING));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rate::throttle::FIRST_RATE;

    #[tokio::test]
    async fn the_rate_goes_up_by_steps_and_down_by_shares_and_has_a_floor() {
        let limit = Duration::from_millis(2);
        let bucket = TokenBucket::new(FIRST_RATE);
        adjust(&bucket, Duration::from_millis(1), limit);
        assert!((bucket.rate() - (FIRST_RATE + INCREASE)).abs() < 1e-9);
        adjust(&bucket, Duration::from_micros(1500), limit);
        assert!((bucket.rate() - (FIRST_RATE + INCREASE)).abs() < 1e-9);
        adjust(&bucket, Duration::from_millis(3), limit);
        assert!((bucket.rate() - (FIRST_RATE + INCREASE) * DECREASE).abs() < 1e-9);
        for _ in 0..100 {
            adjust(&bucket, Duration::from_millis(3), limit);
        }
        assert!((bucket.rate() - FLOOR).abs() < 1e-9);
    }
}
