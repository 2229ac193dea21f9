//! The progress of a verification.

use std::time::Instant;

use super::pace::Pace;
use crate::event::Progress;
use crate::job::{Job, VerifyExtra};
use crate::report::{numbers, verified};

/// Present while a job is verified: then progress is about keys that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verifying {
    ignores_extra: bool,
}

impl Verifying {
    pub(super) fn new(job: &Job) -> Self {
        Self { ignores_extra: job.verify.extra == VerifyExtra::Ignore }
    }

    /// The keys that differ so far.
    pub(super) fn differences(self, progress: &Progress) -> u64 {
        verified::differences(&progress.verified, self.ignores_extra)
    }

    /// What happens, the keys compared and different so far, and the rate.
    pub(super) fn details(self, pace: &Pace, progress: &Progress, now: Instant) -> Vec<String> {
        let (keys, differences, failed) = (progress.tally.matched, self.differences(progress), progress.tally.failed);
        let noun = if differences == 1 { "difference" } else { "differences" };
        let mut details = vec![
            format!("verifying: {} keys compared", numbers::count(keys)),
            format!("{} {noun}", numbers::count(differences)),
            format!("{} keys/s", numbers::count(pace.keys_per_second(now, keys))),
        ];
        if failed > 0 {
            details.push(format!("{} failed", numbers::count(failed)));
        }
        details
    }
}
