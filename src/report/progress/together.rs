//! The progress of a walk: of its job, or of all jobs that share it.

use crate::event::{HeldBy, Progress};
use crate::outcome::{Tally, WalkTally};

/// The jobs of the current walk, in their order, with the progress of each.
#[derive(Debug)]
pub(super) struct Together {
    jobs: Vec<(String, Progress)>,
    /// The job that the events are about.
    current: usize,
}

impl Together {
    pub(super) fn new(job: &str) -> Self {
        Self { jobs: vec![(job.to_owned(), Progress::default())], current: 0 }
    }

    /// Adds a job that shares the walk. The next events are about it.
    pub(super) fn add(&mut self, job: &str) {
        self.current = self.jobs.len();
        self.jobs.push((job.to_owned(), Progress::default()));
    }

    /// The next events are about this job.
    pub(super) fn resume(&mut self, job: &str) {
        self.current = self.jobs.iter().position(|(name, _)| name == job).unwrap_or(self.current);
    }

    /// Records the progress of the job that the events are about, and returns that of the walk.
    pub(super) fn record(&mut self, progress: &Progress) -> Progress {
        self.jobs[self.current].1 = *progress;
        let of_jobs = || self.jobs.iter().map(|(_, progress)| progress);
        Progress {
            tally: of_jobs().fold(Tally::default(), |sum, job| sum + job.tally),
            walk: of_jobs().fold(WalkTally::default(), |sum, job| sum + job.walk),
            sizes: of_jobs().map(|job| job.sizes).sum(),
            // A job knows the share as of the last keys that it got.
            share: of_jobs().filter_map(|job| job.share).max_by(f64::total_cmp),
            held_by: of_jobs().map(|job| job.held_by).max_by_key(strength).unwrap_or_default(),
            ..*progress
        }
    }

    pub(super) fn first(&self) -> &str {
        &self.jobs[0].0
    }

    pub(super) fn count(&self) -> usize {
        self.jobs.len()
    }
}

/// Most jobs of a walk wait for the source, because it returns few keys for each of them. So any other cause is more likely
/// what holds the walk back.
fn strength(held_by: &HeldBy) -> u8 {
    match held_by {
        HeldBy::Source => 0,
        HeldBy::Destination => 1,
        HeldBy::Sleep => 2,
        HeldBy::Limit => 3,
        HeldBy::Wait { .. } => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Sizes;

    fn progress(copied: u64, share: Option<f64>, held_by: HeldBy) -> Progress {
        Progress {
            tally: Tally { matched: copied, copied, ..Tally::default() },
            walk: WalkTally { scanned: copied + 1, filtered: 1 },
            sizes: Sizes { payload: Some(copied * 10), memory: None },
            share,
            held_by,
            ..Progress::default()
        }
    }

    #[test]
    fn the_counts_of_jobs_that_share_a_walk_are_added_up() {
        let mut together = Together::new("carts");
        let alone = progress(5, Some(0.5), HeldBy::Source);
        assert_eq!(together.record(&alone), alone);
        together.add("orders");
        together.record(&progress(2, Some(0.4), HeldBy::Limit));
        together.resume("carts");
        let both = together.record(&progress(6, None, HeldBy::Destination));
        let expected =
            Progress { walk: WalkTally { scanned: 10, filtered: 2 }, ..progress(8, Some(0.4), HeldBy::Limit) };
        assert_eq!(both, expected);
        assert_eq!((together.first(), together.count()), ("carts", 2));
    }
}
