//! The parts of the last line of the summary.

use crate::event::{JobSummary, Obstacle, RunSummary, Status, Verification};
use crate::outcome::VerifyTally;
use crate::report::numbers::{bytes, count};
use crate::report::verified;

/// A part of the line.
pub(super) struct Part {
    pub(super) text: String,
    /// The part with the highest rank is left out first. 0 is never left out.
    pub(super) rank: u8,
}

/// All parts, for a run that is done or not.
pub(super) fn parts(summary: &RunSummary, is_done: bool) -> Vec<Part> {
    let all = if summary.verify { of_verification(summary, is_done) } else { of_run(summary, is_done) };
    all.into_iter().flatten().collect()
}

fn of_run(summary: &RunSummary, is_done: bool) -> Vec<Option<Part>> {
    let tally = summary.tally();
    let payload = summary.jobs.iter().filter_map(|job| job.sizes.payload).sum::<u64>();
    let libraries = summary.jobs.iter().map(|job| job.libraries.failed).sum();
    let matched = if tally.matched == 1 { "key" } else { "keys" };
    vec![
        Some(part(0, jobs(summary, is_done))),
        disabled(7, summary),
        Some(part(4, format!("{} {matched}", count(tally.matched)))),
        keys(2, tally.copied, "copied"),
        keys(2, tally.replaced, "replaced"),
        keys(5, tally.existing, "existing"),
        keys(6, tally.vanished, "vanished"),
        failed(0, tally.failed),
        keys(0, libraries, if libraries == 1 { "library failed" } else { "libraries failed" }),
        (payload > 0).then(|| part(3, bytes(payload))),
        conclusion(summary).map(|text| part(1, text)),
    ]
}

fn of_verification(summary: &RunSummary, is_done: bool) -> Vec<Option<Part>> {
    let sum = |number: fn(&Verification) -> u64| summary.verifications().map(number).sum();
    let tally = summary.verifications().fold(VerifyTally::default(), |sum, found| sum + found.tally);
    let compared: u64 = sum(|found| found.matched);
    let noun = if compared == 1 { "key" } else { "keys" };
    vec![
        conclusion(summary).map(|text| part(0, text)),
        Some(part(3, jobs(summary, is_done))),
        disabled(6, summary),
        Some(part(3, format!("{} {noun} compared", count(compared)))),
        keys(4, tally.repaired, "repaired"),
        keys(5, tally.healed, "healed"),
        different(2, sum(|found| verified::differences(&found.tally, found.ignores_extra))),
        failed(1, sum(|found| found.failed)),
    ]
}

fn part(rank: u8, text: String) -> Part {
    Part { text, rank }
}

fn keys(rank: u8, number: u64, word: &str) -> Option<Part> {
    (number > 0).then(|| part(rank, format!("{} {word}", count(number))))
}

fn failed(rank: u8, number: u64) -> Option<Part> {
    keys(rank, number, if number == 1 { "key failed" } else { "keys failed" })
}

fn different(rank: u8, number: u64) -> Option<Part> {
    keys(rank, number, if number == 1 { "key differs" } else { "keys differ" })
}

fn is_disabled(job: &JobSummary) -> bool {
    matches!(job.status, Status::NotRun(Obstacle::Disabled))
}

fn disabled(rank: u8, summary: &RunSummary) -> Option<Part> {
    keys(rank, summary.jobs.iter().filter(|job| is_disabled(job)).count() as u64, "disabled")
}

fn jobs(summary: &RunSummary, is_done: bool) -> String {
    let jobs = summary.jobs.iter().filter(|job| !is_disabled(job)).count();
    let noun = if jobs == 1 { "job" } else { "jobs" };
    if is_done {
        return format!("{} {noun}", count(jobs as u64));
    }
    let done = summary.jobs.iter().filter(|job| matches!(job.status, Status::Done)).count();
    format!("{} of {} {noun} done", count(done as u64), count(jobs as u64))
}

/// Whether source and destination are the same, as far as that is known; `None` if no job was verified.
fn conclusion(summary: &RunSummary) -> Option<String> {
    let found = || summary.verifications();
    let all = summary.jobs.iter().filter(|job| !is_disabled(job)).count();
    let is_compared = found().all(|found| found.is_complete && found.failed == 0);
    let text = match found().count() {
        0 if !summary.verify => return None,
        0 => "no key was compared",
        _ if !found().all(Verification::is_clean) => "source and destination differ",
        verified if is_compared && verified == all && found().any(|found| found.sample.is_some()) => {
            "no difference in the sample"
        }
        verified if is_compared && verified == all => "source and destination are the same",
        verified if is_compared && !summary.verify => {
            let verb = if verified == 1 { "does" } else { "do" };
            return Some(format!("{verified} of {all} jobs {verb} not differ"));
        }
        _ => "not every key was compared",
    };
    Some(text.to_owned())
}
