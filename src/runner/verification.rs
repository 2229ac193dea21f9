//! Compares source and destination of a job in one walk over each.

use std::time::Duration;

use super::Shutdown;
use super::endpoints::Endpoints;
use super::interrupted::unless_interrupted;
use super::opened::OpenSource;
use super::other_jobs::OtherJobs;
use crate::engine::{self, Ended, Names, Repair, Sampler, Sums, Verifying};
use crate::error::Stop;
use crate::event::{CONFIDENCE, Listener, SampleFacts, Verification};
use crate::job::{Job, VerifyExtra, VerifyMode};
use crate::source::{self, Source};

/// The tolerance for expiries if a server returns them as the time that is left.
const INEXACT_MS: u64 = 200;

/// A verification of jobs.
#[derive(Clone, Copy)]
pub struct Verify<'j> {
    /// What is copied again.
    pub repair: Option<Repair>,
    /// Every job of the run.
    pub jobs: &'j [Job],
}

/// Verifies a job once.
pub async fn verify_once(
    job: &Job,
    endpoints: &Endpoints,
    verify: Verify<'_>,
    (options, earlier): (engine::Options, Option<engine::Earlier>),
    listener: &mut dyn Listener,
    shutdown: &Shutdown,
) -> Ended {
    let opened = async {
        let theirs = endpoints.open_theirs(job).await?;
        let keys = endpoints.source().key_count().await?;
        Ok::<(OpenSource, Option<u64>), Stop>((theirs, keys))
    };
    let (theirs, keys) = match Box::pin(unless_interrupted(shutdown, opened)).await {
        Ok(opened) => opened,
        Err(stop) => return Ended::before_start(stop),
    };
    theirs.as_source().contacts().iter().for_each(|contact| contact.begin());
    let others = OtherJobs::of(job, verify.jobs, options.now_ms);
    let sample = (job.verify.mode == VerifyMode::Sample).then(|| Sampler::of(keys));
    let sample_rate = sample.as_ref().map(Sampler::rate);
    let verifying = Verifying {
        theirs: theirs.as_source(),
        tolerance_ms: tolerance_ms(job, endpoints.source(), theirs.as_source()),
        repair: verify.repair,
        sample,
        names: job.source.backup().map(|_| Names::default()),
        common: Sums::default(),
        others: &others,
    };
    let listed = source::listed(endpoints.source(), job);
    let source = listed.as_ref().map_or(endpoints.source(), |listed| listed as &dyn Source);
    let both = (source, &*endpoints.destination);
    let verified = engine::verify_job(job, both, &verifying, (options, earlier), listener, shutdown.requested());
    let ended = Box::pin(verified).await;
    theirs.close().await;
    others.close().await;
    Ended { sample_rate, ..ended }
}

fn tolerance_ms(job: &Job, ours: &dyn Source, theirs: &dyn Source) -> u64 {
    let usual = if ours.has_exact_expiries() && theirs.has_exact_expiries() { 0 } else { INEXACT_MS };
    job.verify.tolerance.map_or(usual, |tolerance| u64::try_from(tolerance.as_millis()).unwrap_or(u64::MAX))
}

/// What a verification found that took so long.
pub fn verification(job: &Job, ended: &Ended, duration: Duration) -> Verification {
    let (tally, outcomes) = (ended.progress.verified, ended.progress.tally);
    let sample = ended.sample_rate.filter(|rate| *rate < 1.0).map(|rate| SampleFacts {
        rate,
        most_different: most_different(tally.compared(), tally.differences() - tally.extra),
    });
    Verification {
        matched: outcomes.matched,
        tally,
        vanished: outcomes.vanished,
        failed: outcomes.failed,
        sample,
        ignores_extra: job.verify.extra == VerifyExtra::Ignore,
        is_complete: ended.stops.is_empty(),
        duration,
    }
}

/// The highest share of all keys that differs, with a confidence of 95 %, if so many of some random keys do (Clopper and
/// Pearson): with a higher one, so few differences would be found in fewer than 5 % of all samples.
#[expect(clippy::cast_precision_loss, reason = "a probability is not exact")]
fn most_different(compared: u64, different: u64) -> f64 {
    if different >= compared {
        return 1.0;
    }
    let (mut low, mut high) = (different as f64 / compared as f64, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(compared as f64, different, middle) < 1.0 - CONFIDENCE { high = middle } else { low = middle }
    }
    high
}

/// The probability that at most `different` of `compared` keys differ, if each does with this probability.
#[expect(clippy::cast_precision_loss, reason = "a probability is not exact")]
fn at_most(compared: f64, different: u64, probability: f64) -> f64 {
    // As logarithms, because the terms are tiny.
    let (yes, no) = (probability.ln(), (-probability).ln_1p());
    let (mut term, mut sum) = (compared * no, 0.0);
    for count in 0..=different {
        sum += term.exp();
        let count = count as f64;
        term += ((compared - count) / (count + 1.0)).ln() + yes - no;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_confidence_of_a_sample_follows_the_binomial_distribution() {
        let close = |one: f64, other: f64| (one - other).abs() < other / 1000.0;
        // Without a difference it is 1 - 0.05^(1/n).
        assert!(close(most_different(10_000, 0), 2.995e-4));
        assert!(close(most_different(10, 0), 0.2589));
        // Tables of Clopper and Pearson.
        assert!(close(most_different(100, 1), 0.04656));
        assert!(close(most_different(20, 5), 0.4556));
        assert!(close(most_different(7, 7), 1.0) && close(most_different(0, 0), 1.0));
    }
}
