//! Keeps the source quick for its other clients: more while it answers in time, much less when it does not.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::bucket::Bucket;
use super::walk::Walk;

/// Keys a second at the start: little, until the source has shown what it can bear.
pub const FIRST_RATE: f64 = 2_000.0;
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

/// Asks the source how it is, again and again, and sets the rate by it. Never ends by itself, but for an
/// end that is lost.
pub async fn govern(walk: &Walk<'_>) {
    let (Some(limit), Some(rate)) = (walk.job.limits.source_latency, walk.throttle.latency()) else {
        return std::future::pending().await;
    };
    let mut questions = interval(EVERY);
    questions.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        questions.tick().await;
        match latency(walk).await {
            Some(latency) => adjust(rate, latency, limit),
            None => return std::future::pending().await,
        }
    }
}

/// Says so if the source takes longer than the limit already, without us.
pub async fn look_before(walk: &Walk<'_>) {
    let Some(limit) = walk.job.limits.source_latency else { return };
    let mut seen = Vec::with_capacity(AT_THE_START);
    for _ in 0..AT_THE_START {
        let Some(latency) = latency(walk).await else { return };
        seen.push(latency);
        sleep(EVERY / 4).await;
    }
    seen.sort_unstable();
    let median = seen[seen.len() / 2];
    if median > limit {
        tracing::warn!(
            "job `{}`: the source takes {} to answer a `PING` without us, which is more than `max_source_latency` ({}): \
             the job will run at its slowest, {FLOOR} keys a second",
            walk.job.name,
            humantime::format_duration(Duration::from_micros(u64::try_from(median.as_micros()).unwrap_or(u64::MAX))),
            humantime::format_duration(limit),
        );
    }
}

/// How long the source takes to answer; `None` if it does not, which others will say.
async fn latency(walk: &Walk<'_>) -> Option<Duration> {
    let asked = Instant::now();
    walk.source.server()?.control().ping().await.ok()?;
    Some(asked.elapsed())
}

/// Additive up, multiplicative down. Near the limit the rate stays: what is asked now and then sees less than
/// those who ask all the time.
fn adjust(bucket: &Bucket, latency: Duration, limit: Duration) {
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

    #[tokio::test]
    async fn the_rate_goes_up_by_steps_and_down_by_shares_and_has_a_floor() {
        let limit = Duration::from_millis(2);
        let bucket = Bucket::new(FIRST_RATE);
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
