//! How many keys may be written at once, so that the job stops soon after its error limit.
//!
//! The job stops at `max_errored_keys`, but the keys that are being written at that moment may still fail. So the fewer
//! failures the limit leaves, the fewer keys are written at once. A read that fails changes nothing: it is counted only
//! as long as the limit permits.

use std::cell::Cell;

use tokio::sync::Notify;

/// How many pipelines share the margin, if several are in flight at once.
const SHARES: usize = 2;

/// The failures that a job still permits, and the keys at risk: those that are being written.
#[derive(Debug)]
pub struct FailureMargin {
    /// The most keys that may fail: `max_errored_keys` and, because several are at risk at once, as many more, but not
    /// more than one pipeline.
    most: usize,
    failed: Cell<usize>,
    /// Of each place of the destination.
    keys: Vec<Cell<usize>>,
    /// Over a long round trip, each key that does not fail lets one more key be in flight, up to `most_trusted`. When a
    /// key fails, they count from zero again.
    trusted: Cell<usize>,
    shares: usize,
    most_trusted: usize,
    released: Notify,
}

/// Keys at risk, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct AtRisk<'m> {
    margin: &'m FailureMargin,
    place: usize,
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
            keys: vec![Cell::new(0)],
            trusted: Cell::new(0),
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

    /// The same for a destination with so many places; each has its part of the margin.
    #[must_use]
    pub fn of_places(self, places: usize) -> Self {
        Self { keys: vec![Cell::new(0); places], ..self }
    }

    /// The best number of keys of one pipeline.
    pub fn size(&self) -> usize {
        (self.permitted() / self.keys.len() / self.shares).max(1)
    }

    /// Waits until keys of a place may be at risk: at most `wanted`, at least one.
    pub async fn take(&self, place: usize, wanted: usize) -> AtRisk<'_> {
        let of_place = &self.keys[place];
        let keys = loop {
            let size = wanted.min(self.size());
            let all = self.keys.iter().map(Cell::get).sum::<usize>();
            let free = self.permitted().saturating_sub(all);
            let free_here = (self.permitted() / self.keys.len()).saturating_sub(of_place.get());
            if all == 0 || (free >= size && (free_here >= size || of_place.get() == 0)) {
                break size;
            }
            self.released.notified().await;
        };
        of_place.set(of_place.get() + keys);
        AtRisk { margin: self, place, keys, failed_before: self.failed.get() }
    }

    /// Records that a key has failed.
    pub fn failed(&self) {
        self.failed.set(self.failed.get() + 1);
        self.trusted.set(0);
    }

    /// How many keys may be at risk at once.
    fn permitted(&self) -> usize {
        self.most.saturating_sub(self.failed.get()) + self.trusted.get()
    }
}

impl AtRisk<'_> {
    pub fn keys(&self) -> usize {
        self.keys
    }
}

impl Drop for AtRisk<'_> {
    fn drop(&mut self) {
        let Self { margin, place, keys, failed_before } = self;
        margin.keys[*place].set(margin.keys[*place].get() - *keys);
        if margin.failed.get() == *failed_before {
            margin.trusted.set((margin.trusted.get() + *keys).min(margin.most_trusted));
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
    fn one_pipeline_takes_as_many_keys_as_the_limit_and_the_batch_permit() {
        for (limit, batch, size) in [(1, 1000, 2), (100, 1000, 200), (1000, 10, 1010), (u64::MAX, 1000, usize::MAX / 4)]
        {
            assert_eq!(FailureMargin::new(limit, batch).size(), size, "{limit} {batch}");
        }
    }

    #[test]
    fn keys_that_do_not_fit_wait_until_others_are_released() {
        let margin = FailureMargin::new(2, 10).shared(0);
        let first = margin.take(0, 10).now_or_never().expect("nothing is at risk");
        let second = margin.take(0, 10).now_or_never().expect("half of the margin is left");
        assert_eq!((first.keys(), second.keys()), (2, 2));
        assert!(margin.take(0, 1).now_or_never().is_none());
        drop(first);
        assert_eq!(margin.take(0, 1).now_or_never().map(|taken| taken.keys()), Some(1));
    }

    #[test]
    fn keys_of_a_place_that_does_not_answer_leave_the_others_their_part() {
        let margin = FailureMargin::new(10, 10).shared(0).of_places(2);
        let slow = [margin.take(0, 10).now_or_never(), margin.take(0, 10).now_or_never()];
        assert_eq!(slow.each_ref().map(|taken| taken.as_ref().map(AtRisk::keys)), [Some(5), Some(5)]);
        assert!(margin.take(0, 10).now_or_never().is_none());
        assert_eq!(margin.take(1, 10).now_or_never().map(|taken| taken.keys()), Some(5));
    }

    #[test]
    fn over_a_long_round_trip_more_keys_are_in_flight_until_one_fails() {
        let margin = FailureMargin::new(8, 8).shared(100);
        assert_eq!(margin.size(), 16 / SHARES);
        for _ in 0..50 {
            drop(margin.take(0, 100).now_or_never());
        }
        assert_eq!(margin.size(), (16 + 100) / SHARES);
        margin.failed();
        assert_eq!(margin.size(), 15 / SHARES);
    }

    proptest! {
        #[test]
        fn no_more_keys_fail_than_the_limit_and_a_pipeline_permit(
            limit in 1_u64..60,
            batch in 1_usize..60,
            is_shared: bool,
            places in 1_usize..5,
            steps in prop::collection::vec((0_u8..3, 1_usize..80), 1..300),
        ) {
            let margin = FailureMargin::new(limit, batch).of_places(places);
            let margin = if is_shared { margin.shared(0) } else { margin };
            let mut at_risk = Vec::new();
            let mut failed = 0_u64;
            for (step, number) in steps {
                // A job that has reached the limit takes no more keys.
                if step == 0 && failed < limit {
                    at_risk.extend(margin.take(number % places, number).now_or_never());
                }
                if step >= 1 && !at_risk.is_empty() {
                    let settled: AtRisk<'_> = at_risk.swap_remove(number % at_risk.len());
                    let failures = if step == 1 { settled.keys() } else { 0 };
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
            prop_assert!(margin.take(0, 5).now_or_never().is_some());
        }
    }
}
