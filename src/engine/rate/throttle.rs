//! The limits of a job, for all its lanes and pipelines together.

use std::cell::Cell;
use std::time::Duration;

use super::token_bucket::TokenBucket;
use crate::job::Limits;

/// The rate at the start, in keys a second. It is low, because the latency under load is not known yet.
pub const FIRST_RATE: f64 = 2_000.0;
/// The burst with `max_source_latency`: short, so that reads are spread evenly.
const QUICK_BURST: Duration = Duration::from_millis(1);
/// The values of one read with `max_source_latency`: few, because the source serves no other client meanwhile. Writes
/// have the same limit, because a busy destination takes CPU time from a source on the same machine.
const QUICK_KEYS: usize = 25;
/// `COUNT` of a `SCAN` with `max_source_latency`.
const QUICK_SCAN: u32 = 100;

/// The limits of a job.
#[derive(Debug)]
pub struct Throttle {
    keys: Option<TokenBucket>,
    bytes: Option<TokenBucket>,
    /// Keys a second, set by the latency governor.
    latency: Option<TokenBucket>,
    waiting: Cell<u32>,
}

impl Throttle {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 a second")]
    pub fn new(limits: &Limits) -> Self {
        Self {
            keys: limits.keys_per_second.map(|rate| TokenBucket::new(rate as f64)),
            bytes: limits.bytes_per_second.map(|rate| TokenBucket::new(rate as f64)),
            latency: limits.source_latency.map(|_| TokenBucket::with_burst(FIRST_RATE, QUICK_BURST)),
            waiting: Cell::new(0),
        }
    }

    /// The bucket whose rate the latency governor sets.
    pub fn latency(&self) -> Option<&TokenBucket> {
        self.latency.as_ref()
    }

    /// The best number of keys to take up at once.
    pub fn keys(&self) -> usize {
        self.keys.as_ref().map_or(usize::MAX, TokenBucket::portion)
    }

    /// The best number of bytes to read at once.
    pub fn bytes(&self) -> usize {
        self.bytes.as_ref().map_or(usize::MAX, TokenBucket::portion)
    }

    /// The best number of values to move at once, up to `at_most`.
    pub fn at_once(&self, at_most: usize) -> usize {
        if self.latency.is_some() { at_most.min(QUICK_KEYS) } else { at_most }
    }

    /// The best `COUNT` of a `SCAN`, up to `at_most`.
    pub fn scan_count(&self, at_most: u32) -> u32 {
        if self.latency.is_some() { at_most.min(QUICK_SCAN) } else { at_most }
    }

    /// Waits until more keys may be taken up, and counts `keys` keys.
    pub async fn pass_keys(&self, keys: usize) {
        if let Some(bucket) = &self.keys {
            self.paid(bucket).await;
            bucket.take(keys);
        }
    }

    /// Waits until more values may be read.
    pub async fn pass_values(&self) {
        for bucket in self.bytes.iter().chain(&self.latency) {
            self.paid(bucket).await;
        }
    }

    /// Counts values and bytes when they are requested, because many may be in flight over a long round trip.
    pub fn take_values(&self, values: usize, expected_bytes: usize) {
        if let Some(bucket) = &self.bytes {
            bucket.take(expected_bytes);
        }
        if let Some(bucket) = &self.latency {
            bucket.take(values);
        }
    }

    /// Replaces the expected bytes by the actual ones.
    pub fn correct_bytes(&self, expected: usize, actual: usize) {
        if let Some(bucket) = &self.bytes {
            bucket.correct(expected, actual);
        }
    }

    /// Whether the job waits for a limit.
    pub fn is_waiting(&self) -> bool {
        self.waiting.get() > 0
    }

    async fn paid(&self, bucket: &TokenBucket) {
        if bucket.debt().is_zero() {
            return;
        }
        let _waiting = WaitingStage::begin(&self.waiting);
        bucket.paid().await;
    }
}

/// Counts a waiting stage until it is dropped, because the wait may be cancelled.
struct WaitingStage<'a>(&'a Cell<u32>);

impl<'a> WaitingStage<'a> {
    fn begin(stages: &'a Cell<u32>) -> Self {
        stages.set(stages.get() + 1);
        Self(stages)
    }
}

impl Drop for WaitingStage<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_small_with_a_latency_limit() {
        let quick = Throttle::new(&Limits { source_latency: Some(Duration::from_millis(2)), ..Limits::default() });
        assert_eq!((quick.at_once(1000), quick.scan_count(1000)), (QUICK_KEYS, QUICK_SCAN));
        assert_eq!((quick.at_once(3), quick.scan_count(7)), (3, 7));
        let free = Throttle::new(&Limits::default());
        assert_eq!((free.bytes(), free.at_once(1000), free.scan_count(1000)), (usize::MAX, 1000, 1000));
    }

    #[tokio::test]
    async fn the_byte_limit_decides_how_many_bytes_are_read_at_once() {
        let slow = Throttle::new(&Limits { bytes_per_second: Some(20_000), ..Limits::default() });
        assert_eq!(slow.bytes(), 1000);
    }
}
