//! Verifications.

use std::time::Duration;

use super::{failures, idle_summary, job_summary, run_summary};
use crate::error::{Failures, Signal, Stop};
use crate::event::{JobSummary, Obstacle, RunSummary, SampleFacts, Status, Verification};
use crate::outcome::{ByType, Sizes, Tally, VerifyTally};

/// A verification that compared every key, with these results.
pub(in crate::report) fn verification(tally: VerifyTally) -> Verification {
    Verification {
        matched: tally.compared(),
        tally,
        vanished: 0,
        failed: 0,
        sample: None,
        ignores_extra: false,
        is_complete: true,
        duration: Duration::from_millis(1500),
    }
}

/// A verification that found something of everything.
pub(in crate::report) fn differing() -> Verification {
    let tally = VerifyTally {
        equal: 1190,
        healed: 4,
        repaired: 2,
        expired: 5,
        missing: 3,
        extra: 1,
        value: 1,
        field_expiry: 1,
        ..VerifyTally::default()
    };
    Verification { matched: 1209, vanished: 1, failed: 2, ..verification(tally) }
}

/// The verification of a sample without a difference.
pub(in crate::report) fn of_sample() -> Verification {
    let sample = Some(SampleFacts { rate: 0.01, most_different: 0.002_995_7 });
    Verification { sample, ..verification(VerifyTally { equal: 1000, ..VerifyTally::default() }) }
}

/// A job that was verified, after it moved its keys without a failure.
pub(in crate::report) fn verified_job(name: &str, verification: Verification) -> JobSummary {
    let moved = job_summary(name, Status::Done);
    let tally = Tally { matched: 1207, failed: 0, ..moved.tally };
    JobSummary { tally, failures: Failures::default(), verification: Some(verification), ..moved }
}

/// The results of `verify` for one job, which moves no key.
pub(in crate::report) fn compared_job(name: &str, verification: Verification) -> JobSummary {
    let failures = if verification.failed > 0 { failures() } else { Failures::default() };
    JobSummary {
        tally: Tally::default(),
        by_type: ByType::new(),
        sizes: Sizes::default(),
        failures,
        ..verified_job(name, verification)
    }
}

/// A run of `verify`.
pub(in crate::report) fn verify_run(jobs: Vec<JobSummary>) -> RunSummary {
    RunSummary { verify: true, ..run_summary(false, jobs) }
}

/// A run of `verify` with differences, a sample, a job that is the same, and one that was interrupted.
pub(in crate::report) fn every_verification() -> RunSummary {
    let same = verification(VerifyTally { equal: 1209, ..VerifyTally::default() });
    let ignored = VerifyTally { equal: 1200, extra: 7, ..VerifyTally::default() };
    let interrupted = Verification { is_complete: false, ..same.clone() };
    verify_run(vec![
        compared_job("carts", differing()),
        compared_job("users", same),
        compared_job("sample", of_sample()),
        compared_job("stock", Verification { ignores_extra: true, ..verification(ignored) }),
        JobSummary {
            status: Status::Stopped(vec![Stop::Interrupted(Signal::Interrupt)]),
            ..compared_job("orders", interrupted)
        },
        idle_summary("idle", Status::NotRun(Obstacle::Interrupted(Signal::Interrupt))),
    ])
}
