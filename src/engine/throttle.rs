//! What a job is allowed to take of its source: keys and bytes a second, and a source that stays quick.

use std::cell::Cell;
use std::time::Duration;

use super::bucket::Bucket;
use crate::job::Limits;

/// Time after which a source that is to stay quick is owed no more: reads come one by one, and not in bursts.
const BREATH: Duration = Duration::from_millis(1);
/// Values that are read at once where the source is to stay quick: it serves nobody else meanwhile.
const QUICK: usize = 50;

/// The limits of a job, as a whole: whatever the number of lanes and pipelines.
#[derive(Debug)]
pub struct Throttle {
    keys: Option<Bucket>,
    bytes: Option<Bucket>,
    /// Keys a second that the source's latency leaves us.
    latency: Option<Bucket>,
    /// How many stages of the walk wait.
    waiting: Cell<u32>,
}

impl Throttle {
    /// For the limits of a job.
    #[expect(clippy::cast_precision_loss, reason = "a rate of more than 2^53 a second is no limit")]
    pub fn new(limits: &Limits) -> Self {
        Self {
            keys: limits.keys_per_second.map(|rate| Bucket::new(rate as f64)),
            bytes: limits.bytes_per_second.map(|rate| Bucket::new(rate as f64)),
            latency: limits.source_latency.map(|_| Bucket::with_burst(super::governor::FIRST_RATE, BREATH)),
            waiting: Cell::new(0),
        }
    }

    /// What the source's latency leaves us, for the governor to set.
    pub fn latency(&self) -> Option<&Bucket> {
        self.latency.as_ref()
    }

    /// How many keys are best taken up at once.
    pub fn keys(&self) -> usize {
        self.keys.as_ref().map_or(usize::MAX, Bucket::portion)
    }

    /// How many values of so many expected bytes each are best read at once.
    pub fn values(&self, expected_bytes: usize) -> usize {
        let by_latency = if self.latency.is_some() { QUICK } else { usize::MAX };
        let by_bytes = self.bytes.as_ref().map_or(usize::MAX, |bytes| bytes.portion() / expected_bytes.max(1));
        by_latency.min(by_bytes).max(1)
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

    /// Takes so many values and bytes, which are asked for: many may be on their way from far away.
    pub fn take_values(&self, values: usize, expected_bytes: usize) {
        if let Some(bucket) = &self.bytes {
            bucket.take(expected_bytes);
        }
        if let Some(bucket) = &self.latency {
            bucket.take(values);
        }
    }

    /// Puts the bytes that came in the place of those that were expected.
    pub fn correct_bytes(&self, expected: usize, actual: usize) {
        if let Some(bucket) = &self.bytes {
            bucket.correct(expected, actual);
        }
    }

    /// Whether the job waits for a limit.
    pub fn is_waiting(&self) -> bool {
        self.waiting.get() > 0
    }

    async fn paid(&self, bucket: &Bucket) {
        if bucket.debt().is_zero() {
            return;
        }
        let _waiting = Waiting::begin(&self.waiting);
        bucket.paid().await;
    }
}

/// A stage that waits: for as long as this lives, as the wait may be cut short.
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
