//! The limits of a job, as a whole: whatever the number of lanes and pipelines.

use std::cell::Cell;
use std::time::Duration;

use super::token_bucket::TokenBucket;
use crate::job::Limits;

/// Keys a second at the start, until the source has shown what it can bear: little.
pub const FIRST_RATE: f64 = 2_000.0;
/// The burst of a source that must stay quick: reads come one by one.
const BREATH: Duration = Duration::from_millis(1);
/// Values that are read at once if the source must stay quick: it serves no other client meanwhile. As many are written
/// at once, because a destination that is busy for long takes the CPU from a source on the same machine.
const QUICK_KEYS: usize = 25;
/// `COUNT` of a `SCAN` if the source must stay quick.
const QUICK_SCAN: u32 = 100;

/// The limits of a job.
#[derive(Debug)]
pub struct Throttle {
    keys: Option<TokenBucket>,
    bytes: Option<TokenBucket>,
    /// Keys a second that the source's latency allows.
    latency: Option<TokenBucket>,
    /// How many stages wait.
    waiting: Cell<u32>,
}

impl Throttle {
    /// For the limits of a job.
    #[expect(clippy::cast_precision_loss, reason = "a rate of more than 2^53 a second is no limit")]
    pub fn new(limits: &Limits) -> Self {
        Self {
            keys: limits.keys_per_second.map(|rate| TokenBucket::new(rate as f64)),
            bytes: limits.bytes_per_second.map(|rate| TokenBucket::new(rate as f64)),
            latency: limits.source_latency.map(|_| TokenBucket::with_burst(FIRST_RATE, BREATH)),
            waiting: Cell::new(0),
        }
    }

    /// What the source's latency allows, for the governor to set.
    pub fn latency(&self) -> Option<&TokenBucket> {
        self.latency.as_ref()
    }

    /// The best number of keys to take up at once.
    pub fn keys(&self) -> usize {
        self.keys.as_ref().map_or(usize::MAX, TokenBucket::portion)
    }

    /// The best number of values to read at once, if each is expected to have so many bytes.
    pub fn values(&self, expected_bytes: usize) -> usize {
        let by_bytes = self.bytes.as_ref().map_or(usize::MAX, |bytes| bytes.portion() / expected_bytes.max(1));
        self.at_once(by_bytes).max(1)
    }

    /// The best number of values to move at once, of at most so many.
    pub fn at_once(&self, at_most: usize) -> usize {
        if self.latency.is_some() { at_most.min(QUICK_KEYS) } else { at_most }
    }

    /// The best `COUNT` of a `SCAN`, of at most so many.
    pub fn scan_count(&self, at_most: u32) -> u32 {
        if self.latency.is_some() { at_most.min(QUICK_SCAN) } else { at_most }
    }

    /// Waits until more keys may be taken up, and takes so many.
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

    /// Takes so many values and bytes when they are requested: many may be in flight over a long round trip.
    pub fn take_values(&self, values: usize, expected_bytes: usize) {
        if let Some(bucket) = &self.bytes {
            bucket.take(expected_bytes);
        }
        if let Some(bucket) = &self.latency {
            bucket.take(values);
        }
    }

    /// Replaces the bytes that were expected by those that came.
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
        let _waiting = Waiting::begin(&self.waiting);
        bucket.paid().await;
    }
}

/// A stage that waits, for as long as this lives: the wait may be cut short.
struct Waiting<'a>(&'a Cell<u32>);

impl<'a> Waiting<'a> {
    fn begin(stages: &'a Cell<u32>) -> Self {
        stages.set(stages.get() + 1);
        Self(stages)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_source_that_must_stay_quick_is_asked_for_little_at_a_time() {
        let quick = Throttle::new(&Limits { source_latency: Some(Duration::from_millis(2)), ..Limits::default() });
        assert_eq!(
            (quick.values(100), quick.at_once(1000), quick.scan_count(1000)),
            (QUICK_KEYS, QUICK_KEYS, QUICK_SCAN)
        );
        assert_eq!((quick.at_once(3), quick.scan_count(7)), (3, 7));
        let free = Throttle::new(&Limits::default());
        assert_eq!((free.values(100), free.at_once(1000), free.scan_count(1000)), (usize::MAX, 1000, 1000));
    }

    #[tokio::test]
    async fn values_are_read_by_what_their_bytes_may_be() {
        let slow = Throttle::new(&Limits { bytes_per_second: Some(20_000), ..Limits::default() });
        assert_eq!((slow.values(100), slow.values(5000)), (10, 1));
    }
}
