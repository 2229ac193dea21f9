//! How many keys may be at risk at once: requested or being written, so that each of them may fail.
//!
//! The job stops at `max_errored_keys`, but the keys that are at risk at that moment may still fail. So the fewer
//! failures the limit leaves, the fewer keys are at risk.

use std::cell::Cell;

use tokio::sync::Notify;

/// How many pipelines share the margin of reads or of writes, if several are in flight at once.
const SHARES: usize = 4;

/// The failures that a job still permits, and the keys at risk.
#[derive(Debug)]
pub struct FailureMargin {
    /// The most keys that may fail: `max_errored_keys` and, because several are at risk at once, as many more, but not
    /// more than one pipeline of writes.
    most: usize,
    failed: Cell<usize>,
    reads: Pool,
    writes: Pool,
    shares: usize,
    most_trusted: usize,
    released: Notify,
}

/// The keys that are being read, or written.
#[derive(Debug, Default)]
struct Pool {
    keys: Cell<usize>,
    /// Over a long round trip, each key that does not fail lets one more key be in flight, up to `most_trusted`. When a
    /// key fails, they count from zero again.
    trusted: Cell<usize>,
}

/// Keys at risk, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct AtRisk<'m> {
    margin: &'m FailureMargin,
    pool: &'m Pool,
    keys: usize,
    /// The number of failed keys before.
    failed_before: usize,
}

impl FailureMargin {
    /// The margin of a job with one pipeline at a time. `limit` is `max_errored_keys`.
    pub fn new(limit: u64, pipeline_batch_size: usize) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            most: limit.saturating_add(limit.min(pipeline_batch_size)).min(usize::MAX / 4),
            failed: Cell::new(0),
            reads: Pool::default(),
            writes: Pool::default(),
            shares: 1,
            most_trusted: 0,
            released: Notify::new(),
        }
    }

    /// The same with several pipelines at once. `far` is how many more keys a long round trip needs.
    #[must_use]
    pub fn shared(self, far: usize) -> Self {
        Self { shares: SHARES, most_trusted: far, ..self }
    }

    /// The best number of keys to read at once.
    pub fn read_size(&self) -> usize {
        self.portion(&self.reads)
    }

    /// The best number of keys to write at once.
    pub fn write_size(&self) -> usize {
        self.portion(&self.writes)
    }

    /// Waits until keys may be read: at most `wanted`, at least one.
    pub async fn read(&self, wanted: usize) -> AtRisk<'_> {
        // The other half is for writes, so that both make progress.
        let free =
            || self.free(&self.reads, &self.writes).min(self.half(&self.reads).saturating_sub(self.reads.keys.get()));
        self.take(&self.reads, wanted, free).await
    }

    /// Waits until keys may be written: at most `wanted`, at least one.
    pub async fn write(&self, wanted: usize) -> AtRisk<'_> {
        self.take(&self.writes, wanted, || self.free(&self.writes, &self.reads)).await
    }

    /// Records that a key has failed.
    pub fn failed(&self) {
        self.failed.set(self.failed.get() + 1);
        self.reads.trusted.set(0);
        self.writes.trusted.set(0);
    }

    async fn take<'m>(&'m self, pool: &'m Pool, wanted: usize, free: impl Fn() -> usize) -> AtRisk<'m> {
        let keys = loop {
            let portion = wanted.min(self.portion(pool));
            let is_idle = self.reads.keys.get() == 0 && self.writes.keys.get() == 0;
            if free() >= portion || is_idle {
                break portion.min(free().max(1));
            }
            self.released.notified().await;
        };
        pool.keys.set(pool.keys.get() + keys);
        AtRisk { margin: self, pool, keys, failed_before: self.failed.get() }
    }

    /// How many more keys of a pool may be in flight.
    fn free(&self, pool: &Pool, other: &Pool) -> usize {
        (self.left() + pool.trusted.get()).saturating_sub(pool.keys.get() + other.at_risk())
    }

    fn portion(&self, pool: &Pool) -> usize {
        (self.half(pool) / self.shares).max(1)
    }

    fn half(&self, pool: &Pool) -> usize {
        self.left() / 2 + pool.trusted.get()
    }

    /// How many more keys may fail.
    fn left(&self) -> usize {
        self.most.saturating_sub(self.failed.get())
    }
}

impl Pool {
    /// The keys beyond those that are trusted not to fail.
    fn at_risk(&self) -> usize {
        self.keys.get().saturating_sub(self.trusted.get())
    }
}

impl AtRisk<'_> {
    pub fn keys(&self) -> usize {
        self.keys
    }
}

impl Drop for AtRisk<'_> {
    fn drop(&mut self) {
        let Self { margin, pool, keys, failed_before } = self;
        pool.keys.set(pool.keys.get() - *keys);
        if margin.failed.get() == *failed_before {
            pool.trusted.set((pool.trusted.get() + *keys).min(margin.most_trusted));
        }
        margin.released.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_pipeline_takes_as_many_keys_as_the_limit_or_the_batch_permits() {
        for (limit, batch, portion) in
            [(1, 1000, 1), (100, 1000, 100), (1000, 10, 505), (u64::MAX, 1000, usize::MAX / 8)]
        {
            assert_eq!(FailureMargin::new(limit, batch).read_size(), portion, "{limit} {batch}");
        }
    }

    #[test]
    fn keys_that_do_not_fit_wait_until_others_are_released() {
        let margin = FailureMargin::new(2, 10);
        let read = margin.read(10).now_or_never().expect("nothing is at risk");
        let write = margin.write(10).now_or_never().expect("half is for writes");
        assert_eq!((read.keys(), write.keys()), (2, 2));
        assert!(margin.write(1).now_or_never().is_none());
        drop(read);
        assert_eq!(margin.write(1).now_or_never().map(|write| write.keys()), Some(1));
    }

    #[test]
    fn over_a_long_round_trip_more_keys_are_in_flight_until_one_fails() {
        let margin = FailureMargin::new(8, 8).shared(100);
        assert_eq!((margin.read_size(), margin.write_size()), (2, 2));
        for _ in 0..50 {
            drop(margin.read(100).now_or_never());
        }
        // That reads succeed does not mean that writes do.
        assert_eq!((margin.read_size(), margin.write_size()), ((8 + 100) / SHARES, 2));
        margin.failed();
        assert_eq!((margin.read_size(), margin.write_size()), (1, 1));
    }

    proptest! {
        #[test]
        fn no_more_keys_fail_than_the_limit_and_a_pipeline_permit(
            limit in 1_u64..60, batch in 1_usize..60, is_shared: bool, steps in prop::collection::vec((0_u8..4, 1_usize..80), 1..300)
        ) {
            let margin = FailureMargin::new(limit, batch);
            let margin = if is_shared { margin.shared(0) } else { margin };
            let mut at_risk = Vec::new();
            let mut failed = 0_u64;
            for (step, number) in steps {
                // A job that has reached the limit takes no more keys.
                let taken = match step {
                    0 if failed < limit => margin.read(number).now_or_never(),
                    1 if failed < limit => margin.write(number).now_or_never(),
                    _ => None,
                };
                at_risk.extend(taken);
                if step >= 2 && !at_risk.is_empty() {
                    let settled: AtRisk<'_> = at_risk.swap_remove(number % at_risk.len());
                    let failures = if step == 2 { settled.keys() } else { 0 };
                    (0..failures).for_each(|_| margin.failed());
                    failed += failures as u64;
                }
            }
            for settled in at_risk {
                failed += settled.keys() as u64;
            }
            prop_assert!(failed <= limit + limit.min(batch as u64), "{failed}");
        }

        #[test]
        fn whatever_has_failed_a_key_may_be_taken_when_none_is_at_risk(limit in 1_u64..10, batch in 1_usize..10, failed in 0_u64..30) {
            let margin = FailureMargin::new(limit, batch).shared(0);
            (0..failed).for_each(|_| margin.failed());
            prop_assert!(margin.read(5).now_or_never().is_some());
            prop_assert!(margin.write(5).now_or_never().is_some());
        }
    }
}
