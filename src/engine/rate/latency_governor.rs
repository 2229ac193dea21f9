//! Keeps the source quick for its other clients: more while it answers in time, much less when it does not.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};

use super::throttle::Throttle;
use super::token_bucket::TokenBucket;
use crate::source::Source;

/// Keys a second whatever the source says: the run goes on.
const FLOOR: f64 = 500.0;
/// Keys a second beyond which there is nothing to allow.
const CEILING: f64 = 2_000_000.0;
/// What is added to the rate at each answer in time.
const UP: f64 = 500.0;
/// What is left of the rate at an answer too late.
const DOWN: f64 = 0.6;
/// Time between two questions.
const EVERY: Duration = Duration::from_millis(20);
/// Questions before the start, by which the source's own latency is known.
const AT_THE_START: usize = 10;

/// Asks the source again and again how long it takes to answer, and sets the rate by that. Never ends by itself.
pub async fn govern(source: &dyn Source, limit: Option<Duration>, throttle: &Throttle) {
    let (Some(limit), Some(rate)) = (limit, throttle.latency()) else {
        return std::future::pending().await;
    };
    let mut questions = interval(EVERY);
    questions.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        questions.tick().await;
        match source.ping().await {
            Ok(Some(latency)) => adjust(rate, latency, limit),
            // Another stage reports the loss.
            Ok(None) | Err(_) => return std::future::pending().await,
        }
    }
}

/// What to warn of if the source takes longer than the limit already, without us.
pub async fn look_before(source: &dyn Source, limit: Duration) -> Option<String> {
    let mut seen = Vec::with_capacity(AT_THE_START);
    for _ in 0..AT_THE_START {
        let Ok(Some(latency)) = source.ping().await else { return None };
        seen.push(latency);
        sleep(EVERY / 4).await;
    }
    seen.sort_unstable();
    let median = seen[seen.len() / 2];
    (median > limit).then(|| {
        let micros = Duration::from_micros(u64::try_from(median.as_micros()).unwrap_or(u64::MAX));
        format!(
            "the source takes {} to answer a `PING` without us, which is more than `max_source_latency` ({}): the job will \
             run at its slowest, {FLOOR} keys a second",
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
        rate * DOWN
    } else if latency > limit / 2 {
        rate
    } else {
        rate + UP
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
        assert!((bucket.rate() - (FIRST_RATE + UP)).abs() < 1e-9);
        adjust(&bucket, Duration::from_micros(1500), limit);
        assert!((bucket.rate() - (FIRST_RATE + UP)).abs() < 1e-9);
        adjust(&bucket, Duration::from_millis(3), limit);
        assert!((bucket.rate() - (FIRST_RATE + UP) * DOWN).abs() < 1e-9);
        for _ in 0..100 {
            adjust(&bucket, Duration::from_millis(3), limit);
        }
        assert!((bucket.rate() - FLOOR).abs() < 1e-9);
    }
}
