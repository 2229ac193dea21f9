//! How long a run takes at the configured pace, from what a dry run has counted.

use std::time::Duration;

use super::numbers;
use crate::budget::PACED_PIPELINE_BYTES;
use crate::event::{JobSummary, RunSummary, Status};
use crate::job::{Job, OnExisting};

/// How long a run of a job takes at least, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) duration: Duration,
    /// What takes the time, in words.
    reasons: Vec<String>,
}

impl Estimate {
    /// `None` if the dry run has not counted all keys, or if no pauses and no limits slow a run down.
    pub(super) fn of(dry_run: &JobSummary) -> Option<Self> {
        let is_complete = matches!(dry_run.status, Status::Done | Status::TooFew(_));
        let (paused, in_words) = pauses(dry_run);
        let limit = limits(dry_run).into_iter().max_by_key(|(duration, _)| *duration);
        let is_paced = !dry_run.job.sleep.is_zero() || limit.is_some();
        if !is_complete || !is_paced {
            return None;
        }
        let (limited, limit) = limit.unwrap_or_default();
        // Both walk the source; a dry run keeps the limit on keys, too.
        let walked = dry_run.duration.max(limited);
        let reasons = [(in_words, paused), (limit, limited)].into_iter().filter(|(_, duration)| !duration.is_zero());
        let reasons = reasons.map(|(reason, _)| reason).collect();
        Some(Self { duration: paused.saturating_add(walked), reasons })
    }
}

/// The pauses between pipelines, and after existing keys.
fn pauses(JobSummary { job, tally, sizes, .. }: &JobSummary) -> (Duration, String) {
    let written = tally.copied + tally.replaced + tally.failed;
    let bytes = sizes.payload.or(sizes.memory).unwrap_or(0);
    let pipelines = written.div_ceil(job.pipeline_batch_size as u64).max(bytes / PACED_PIPELINE_BYTES as u64);
    let existing = if job.on_existing == OnExisting::Skip { tally.existing } else { 0 };
    let pauses = pipelines.saturating_sub(1) + existing / job.max_processed_existing_keys;
    let all = Duration::try_from_secs_f64(job.sleep.as_secs_f64() * as_f64(pauses)).unwrap_or(Duration::MAX);
    let noun = if pauses == 1 { "pause" } else { "pauses" };
    (all, format!("{} {noun} of {}", numbers::count(pauses), humantime::format_duration(job.sleep)))
}

/// How long each limit takes.
fn limits(JobSummary { job, walk, sizes, .. }: &JobSummary) -> Vec<(Duration, String)> {
    let Job { limits, .. } = job;
    let bytes = sizes.payload.or(sizes.memory).unwrap_or(0);
    let limit = |count: u64, rate: Option<u64>, text: &dyn Fn(u64) -> String| {
        let rate = rate?;
        Some((Duration::try_from_secs_f64(as_f64(count) / as_f64(rate)).unwrap_or(Duration::MAX), text(rate)))
    };
    let keys = |rate| format!("`max_keys_per_second` is {}", numbers::count(rate));
    let payloads = |rate| format!("`max_bytes_per_second` is {}", numbers::bytes(rate));
    [limit(walk.scanned, limits.keys_per_second, &keys), limit(bytes, limits.bytes_per_second, &payloads)]
        .into_iter()
        .flatten()
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// A line for each job whose pace is configured; empty if there is none.
pub(super) fn text(dry_run: &RunSummary) -> String {
    let of_job = |job| Some((job, Estimate::of(job)?));
    let estimates: Vec<(&JobSummary, Estimate)> = dry_run.jobs.iter().filter_map(of_job).collect();
    if estimates.is_empty() {
        return String::new();
    }
    let line = |(job, estimate): &(&JobSummary, Estimate)| {
        let reasons =
            if estimate.reasons.is_empty() { String::new() } else { format!(" ({})", estimate.reasons.join(", ")) };
        format!("{}: about {}{reasons}\n", job.job.name, numbers::rough_span(estimate.duration))
    };
    let lines: String = estimates.iter().map(line).collect();
    let all = estimates.iter().fold(Duration::ZERO, |sum, (_, estimate)| sum.saturating_add(estimate.duration));
    let total = match estimates.len() {
        1 => String::new(),
        _ => format!("total: about {}\n", numbers::rough_span(all)),
    };
    format!("\ntime that a run takes at the configured pace, at least:\n{lines}{total}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Limits;
    use crate::outcome::{Sizes, Tally, WalkTally};
    use crate::report::samples;

    /// A dry run of 2.5 s that counted 12,000 new keys, 3,000 existing ones, and 30 MiB.
    fn dry_run(change: impl FnOnce(&mut Job)) -> JobSummary {
        let mut job = JobSummary {
            tally: Tally { matched: 15_000, copied: 12_000, existing: 3000, ..Tally::default() },
            walk: WalkTally { scanned: 20_000, filtered: 5000 },
            sizes: Sizes { payload: None, memory: Some(30 << 20) },
            ..samples::job_summary("carts", Status::Done)
        };
        (job.job.sleep, job.job.limits) = (Duration::ZERO, Limits::default());
        (job.job.pipeline_batch_size, job.job.max_processed_existing_keys) = (1000, 1000);
        change(&mut job.job);
        job
    }

    fn shown(job: JobSummary) -> String {
        text(&samples::run_summary(true, vec![job])).lines().skip(2).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn pauses_follow_pipelines_and_existing_keys() {
        let paused = |job: &mut Job| job.sleep = Duration::from_secs(1);
        assert_eq!(shown(dry_run(paused)), "carts: about 16s (14 pauses of 1s)");
        let large = |job: &mut Job| (job.sleep, job.pipeline_batch_size) = (Duration::from_secs(1), 100_000);
        assert_eq!(shown(dry_run(large)), "carts: about 7s (5 pauses of 1s)", "large pipelines are cut by bytes");
        let replaced = |job: &mut Job| {
            job.sleep = Duration::from_secs(1);
            job.on_existing = OnExisting::Replace;
        };
        assert_eq!(shown(dry_run(replaced)), "carts: about 13s (11 pauses of 1s)");
    }

    #[test]
    fn the_stricter_limit_decides_and_pauses_are_added() {
        let limits = Limits { keys_per_second: Some(100), bytes_per_second: Some(1 << 20), source_latency: None };
        let limited = |job: &mut Job| job.limits = limits;
        assert_eq!(shown(dry_run(limited)), "carts: about 3m20s (`max_keys_per_second` is 100)");
        let both = |job: &mut Job| {
            job.sleep = Duration::from_secs(10);
            job.limits = Limits { keys_per_second: Some(20_000), ..limits };
        };
        assert_eq!(shown(dry_run(both)), "carts: about 2m50s (14 pauses of 10s, `max_bytes_per_second` is 1.0MiB)");
    }

    #[test]
    fn without_a_pace_or_without_all_keys_there_is_no_estimate() {
        assert_eq!(Estimate::of(&dry_run(|_| {})), None);
        let paused = dry_run(|job| job.sleep = Duration::from_secs(1));
        assert_eq!(Estimate::of(&JobSummary { status: Status::Stopped(vec![samples::lost()]), ..paused }), None);
    }

    #[test]
    fn several_jobs_have_a_total() {
        let job = || dry_run(|job| job.sleep = Duration::from_secs(1));
        insta::assert_snapshot!(text(&samples::run_summary(true, vec![job(), job()])), @r"
        time that a run takes at the configured pace, at least:
        carts: about 16s (14 pauses of 1s)
        carts: about 16s (14 pauses of 1s)
        total: about 33s
        ");
    }
}
