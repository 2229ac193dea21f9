//! The last line of the summary, which says everything that matters.

use crate::error::Stop;
use crate::event::{Obstacle, RunSummary, Status};
use crate::report::look::{Colour, Look};
use crate::report::numbers::{bytes, count, span};

/// How the run ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    Failed,
    /// By `--max-duration`.
    Stopped,
    Interrupted,
}

impl Verdict {
    pub(super) fn of(summary: &RunSummary) -> Self {
        let is_done = |status: &Status| matches!(status, Status::Done | Status::NotRun(Obstacle::Disabled));
        let ended_by = |is_reason: fn(&Stop) -> bool, is_obstacle: fn(&Obstacle) -> bool| {
            summary.jobs.iter().any(|job| match &job.status {
                Status::Stopped(stops) => stops.iter().any(is_reason),
                Status::NotRun(obstacle) => is_obstacle(obstacle),
                Status::Refused(stop) => is_reason(stop),
                Status::Done | Status::TooFew(_) => false,
            })
        };
        let is_interrupted =
            ended_by(|stop| matches!(stop, Stop::Interrupted(_)), |it| matches!(it, Obstacle::Interrupted(_)));
        let is_stopped = ended_by(|stop| matches!(stop, Stop::TimeLimit(_)), |it| matches!(it, Obstacle::TimeLimit(_)));
        let has_failed = |libraries: u64, keys: u64| libraries + keys > 0;
        if is_interrupted {
            Self::Interrupted
        } else if is_stopped {
            Self::Stopped
        } else if summary
            .jobs
            .iter()
            .any(|job| !is_done(&job.status) || has_failed(job.libraries.failed, job.tally.failed))
        {
            Self::Failed
        } else {
            Self::Done
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Self::Done => Colour::Green,
            Self::Failed => Colour::Red,
            Self::Stopped | Self::Interrupted => Colour::Yellow,
        }
    }
}

/// How many jobs are done, what became of the keys, and how long it took. What matters least is left out if the line
/// would be too long.
pub(super) fn last_line(summary: &RunSummary, look: Look) -> String {
    let verdict = Verdict::of(summary);
    let parts = parts(summary, verdict);
    let start = if summary.dry_run { "dry run " } else { "" };
    let line = |parts: &[&Part]| {
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        format!("{start}{}: {} in {}", verdict.word(), texts.join(", "), span(summary.duration))
    };
    let mut shown: Vec<&Part> = parts.iter().collect();
    while line(&shown).len() > look.width {
        let Some(least) = (0..shown.len()).max_by_key(|at| shown[*at].rank).filter(|at| shown[*at].rank > 0) else {
            break;
        };
        shown.remove(least);
    }
    let line = line(&shown);
    if look.has_colours { line.replacen(verdict.word(), &verdict.colour().paint(verdict.word()), 1) } else { line }
}

/// The same in full, without colours.
pub(in crate::report) fn one_line(summary: &RunSummary) -> String {
    last_line(summary, Look { width: usize::MAX, wraps: false, has_colours: false })
}

/// A part of the line.
struct Part {
    text: String,
    /// The part with the highest rank is left out first. 0 is never left out.
    rank: u8,
}

fn parts(summary: &RunSummary, verdict: Verdict) -> Vec<Part> {
    let disabled = summary.jobs.iter().filter(|job| matches!(job.status, Status::NotRun(Obstacle::Disabled))).count();
    let (tally, jobs) = (summary.tally(), summary.jobs.len() - disabled);
    let done = summary.jobs.iter().filter(|job| matches!(job.status, Status::Done)).count();
    let noun = if jobs == 1 { "job" } else { "jobs" };
    let of_jobs = match verdict {
        Verdict::Done => format!("{} {noun}", count(jobs as u64)),
        Verdict::Failed | Verdict::Stopped | Verdict::Interrupted => {
            format!("{} of {} {noun} done", count(done as u64), count(jobs as u64))
        }
    };
    let part = |rank, text| Part { text, rank };
    let keys = |rank, number: u64, word| (number > 0).then(|| part(rank, format!("{} {word}", count(number))));
    let bytes = summary.jobs.iter().filter_map(|job| job.sizes.payload).sum::<u64>();
    let libraries = summary.jobs.iter().map(|job| job.libraries.failed).sum();
    let matched = if tally.matched == 1 { "key" } else { "keys" };
    let all = [
        Some(part(0, of_jobs)),
        keys(6, disabled as u64, "disabled"),
        Some(part(3, format!("{} {matched}", count(tally.matched)))),
        keys(1, tally.copied, "copied"),
        keys(1, tally.replaced, "replaced"),
        keys(4, tally.existing, "existing"),
        keys(5, tally.vanished, "vanished"),
        keys(0, tally.failed, if tally.failed == 1 { "key failed" } else { "keys failed" }),
        keys(0, libraries, if libraries == 1 { "library failed" } else { "libraries failed" }),
        (bytes > 0).then(|| part(2, self::bytes(bytes))),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Tally;
    use crate::report::look::tests::{pipe, terminal};
    use crate::report::samples;

    #[test]
    fn the_line_says_how_the_run_ended_and_what_became_of_the_keys() {
        let every = samples::every_status();
        let lines = [60, 80, 140].map(|width| last_line(&every, terminal(width)));
        insta::assert_snapshot!(lines.join("\n"));
        assert!(lines.iter().zip([60, 80, 140]).all(|(line, width)| line.len() <= width), "{lines:?}");
    }

    #[test]
    fn one_job_without_failures_is_done_also_beside_a_disabled_job() {
        let mut run = samples::run_summary(false, vec![samples::job_summary("carts", Status::Done)]);
        run.jobs[0].tally = Tally { matched: 1, copied: 1, ..Tally::default() };
        assert_eq!(last_line(&run, pipe()), "done: 1 job, 1 key, 1 copied, 1.5MiB in 5.0s");
        run.jobs.push(samples::idle_summary("off", Status::NotRun(Obstacle::Disabled)));
        assert_eq!(last_line(&run, pipe()), "done: 1 job, 1 disabled, 1 key, 1 copied, 1.5MiB in 5.0s");
        run.jobs.truncate(1);
        run.dry_run = true;
        assert_eq!(last_line(&run, pipe()), "dry run done: 1 job, 1 key, 1 copied, 1.5MiB in 5.0s");
        run.jobs[0].libraries.failed = 1;
        let line = "dry run failed: 1 of 1 job done, 1 key, 1 copied, 1 library failed, 1.5MiB in 5.0s";
        assert_eq!(one_line(&run), line);
    }

    #[test]
    fn the_verdict_has_a_colour() {
        let run = samples::run_summary(false, vec![samples::job_summary("carts", Status::Done)]);
        let line = last_line(&run, Look { has_colours: true, ..pipe() });
        assert!(line.starts_with("\x1b[31mfailed\x1b[0m: 1 of 1 job done, "), "{line}");
    }
}
