//! The end of a job.

use crate::error::Stop;
use crate::event::{JobSummary, Status};
use crate::job::Job;
use crate::outcome::{Tally, WalkTally};
use crate::report::{StatusWord, numbers};

/// If pre-flight refused the job, it has already logged the reason.
pub(super) fn ended(summary: &JobSummary) {
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
    if was_connected {
        counts(summary);
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
