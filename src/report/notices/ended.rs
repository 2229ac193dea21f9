//! The end of a job.

use crate::error::Stop;
use crate::event::{JobSummary, Status, Verification};
use crate::job::Job;
use crate::outcome::{Tally, VerifyTally, WalkTally};
use crate::report::{StatusWord, numbers, verified};

/// If pre-flight refused the job, it has already logged the reason.
pub(super) fn ended(summary: &JobSummary, only_verifies: bool) {
    let (job, was_connected) = (&summary.job.name, summary.source.is_some());
    if let Status::TooFew(too_few) = &summary.status {
        let text = format!("job `{job}`: {too_few}");
        tracing::error!(%text, %job, reason = %too_few, "too few keys");
    }
    if let Status::Stopped(stops) = &summary.status {
        for stop in stops {
            if was_connected { stopped(job, stop) } else { cannot_run(&summary.job, stop) }
        }
    }
    if was_connected && !only_verifies {
        counts(summary);
    }
    if let Some(found) = &summary.verification {
        verified(summary, found);
    }
}

/// `compared` is the sum of the others but `extra`, which the source does not have.
fn verified(summary: &JobSummary, found: &Verification) {
    let job = &summary.job.name;
    let Verification { matched: compared, tally, vanished, failed, .. } = *found;
    let VerifyTally { equal, healed, repaired, expired, missing, extra, .. } = tally;
    let (different, seconds) = (tally.differences() - missing - extra, found.duration.as_secs_f64());
    let [all, same] = [compared, equal].map(numbers::count);
    let text = format!("job `{job}` was verified: {all} keys compared, {same} equal");
    tracing::info!(
        %text, %job, compared, equal, healed, repaired, expired, missing, extra, different, vanished, failed, seconds,
        is_clean = found.is_clean(), "verification ended"
    );
    if !found.is_clean() {
        let (text, log) = (verified::result(summary, found), summary.job.verify.log.display());
        tracing::warn!(%text, %job, kinds = %verified::kinds(found), %log, "source and destination differ");
    }
}

fn stopped(job: &str, reason: &Stop) {
    let text = match reason {
        Stop::Interrupted(_) | Stop::TimeLimit(_) => {
            let text = format!("job `{job}` was {reason}");
            return tracing::warn!(%text, %job, %reason, "job stopped");
        }
        Stop::ErrorLimit { .. } => format!("job `{job}` was {reason}"),
        // The walk reached its end, or another reason follows.
        Stop::Changed { .. } | Stop::Checkpoint { .. } => format!("job `{job}`: {reason}"),
        reason => format!("job `{job}` ends early: {reason}"),
    };
    tracing::error!(%text, %job, %reason, "job stopped");
}

/// `scanned` is the sum of `filtered` and `matched`, and `matched` is the sum of the others.
fn counts(summary: &JobSummary) {
    let Tally { matched, copied, replaced, existing, vanished, failed } = summary.tally;
    let (WalkTally { scanned, filtered }, job) = (summary.walk, &summary.job.name);
    let text = text(job, &summary.walk, &summary.tally);
    let (status, seconds, bytes) =
        (StatusWord::from(&summary.status), summary.duration.as_secs_f64(), summary.sizes.payload);
    tracing::info!(
        %text, %job, %status, scanned, filtered, matched, copied, replaced, existing, vanished, failed, bytes,
        memory_bytes = summary.sizes.memory, seconds,
        "job ended"
    );
}

fn text(job: &str, WalkTally { scanned, filtered }: &WalkTally, tally: &Tally) -> String {
    let Tally { matched, copied, replaced, existing, vanished, failed } = tally;
    let [scanned, filtered, matched, copied, replaced, existing, vanished, failed] =
        [scanned, filtered, matched, copied, replaced, existing, vanished, failed]
            .map(|number| numbers::count(*number));
    format!(
        "job `{job}` ended: {scanned} scanned, {filtered} filtered, {matched} matched: {copied} copied, {replaced} replaced, \
         {existing} existing, {vanished} vanished, {failed} failed"
    )
}

pub(super) fn cannot_run(job: &Job, reason: &Stop) {
    let job = &job.name;
    let text = format!("job `{job}` cannot be run: {reason}");
    tracing::error!(%text, %job, %reason, "job cannot be run");
}
