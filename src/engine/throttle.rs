//! What a job is allowed to take of its source: keys and bytes a second, and a source that stays quick.

use std::cell::Cell;

use super::bucket::Bucket;
use crate::job::Limits;

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
            latency: limits.source_latency.map(|_| Bucket::new(super::governor::FIRST_RATE)),
            waiting: Cell::new(0),
        }
    }

    /// What the source's latency leaves us, for the governor to set.
    pub fn latency(&self) -> Option<&Bucket> {
        self.latency.as_ref()
    }

    /// How many keys are best taken up at once.
    pub fn keys(&self) -> usize {
        self.by_keys().map(Bucket::portion).min().unwrap_or(usize::MAX)
    }

    /// How many values of so many expected bytes each are best read at once.
    pub fn values(&self, expected_bytes: usize) -> usize {
        let by_latency = if self.latency.is_some() { QUICK } else { usize::MAX };
        let by_bytes = self.bytes.as_ref().map_or(usize::MAX, |bytes| bytes.portion() / expected_bytes.max(1));
        by_latency.min(by_bytes).max(1)
    }

    /// Waits until more keys may be taken up, and takes so many.
    pub async fn pass_keys(&self, keys: usize) {
        for bucket in self.by_keys() {
            self.paid(bucket).await;
        }
        for bucket in self.by_keys() {
            bucket.take(keys);
        }
    }

    /// Waits until more values may be read.
    pub async fn pass_values(&self) {
        if let Some(bucket) = &self.bytes {
            self.paid(bucket).await;
        }
    }

    /// Takes so many bytes, which are asked for: many may be on their way from far away.
    pub fn take_bytes(&self, expected: usize) {
        if let Some(bucket) = &self.bytes {
            bucket.take(expected);
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

    fn by_keys(&self) -> impl Iterator<Item = &Bucket> {
        self.keys.iter().chain(&self.latency)
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
