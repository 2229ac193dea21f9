//! The last line of the summary, which says everything that matters.

use super::parts::{Part, parts};
use crate::error::Stop;
use crate::event::{JobSummary, Obstacle, RunSummary, Status};
use crate::report::look::{Colour, Look};
use crate::report::numbers::span;
use crate::report::verified;

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
        let has_failed = |job: &JobSummary| {
            let is_passed = job.verification.as_ref().is_none_or(verified::is_passed);
            job.libraries.failed + job.tally.failed > 0 || !is_passed
        };
        if is_interrupted {
            Self::Interrupted
        } else if is_stopped {
            Self::Stopped
        } else if summary.jobs.iter().any(|job| !is_done(&job.status) || has_failed(job)) {
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

/// How many jobs are done, what became of the keys, whether source and destination are the same if that was verified, and how
/// long it took. What matters least is left out if the line
/// would be too long.
pub(super) fn last_line(summary: &RunSummary, look: Look) -> String {
    let verdict = Verdict::of(summary);
    let parts = parts(summary, verdict == Verdict::Done);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Verification;
    use crate::outcome::{Tally, VerifyTally};
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
    fn a_verification_says_whether_source_and_destination_are_the_same() {
        let compared = |found| one_line(&samples::verify_run(vec![samples::compared_job("carts", found)]));
        let same = samples::verification(VerifyTally { equal: 1200, healed: 4, ..VerifyTally::default() });
        let expected = "done: source and destination are the same, 1 job, 1,204 keys compared, 4 healed in 5.0s";
        assert_eq!(compared(same.clone()), expected);
        let expected = "done: no difference in the sample, 1 job, 1,000 keys compared in 5.0s";
        assert_eq!(compared(samples::of_sample()), expected);
        let expected =
            "failed: not every key was compared, 1 of 1 job done, 1,204 keys compared, 4 healed, 1 key failed in 5.0s";
        assert_eq!(compared(Verification { failed: 1, ..same.clone() }), expected);
        let expected = "failed: source and destination differ, 1 of 1 job done, 1,209 keys compared, 2 repaired, 4 healed, \
                        6 keys differ, 2 keys failed in 5.0s";
        assert_eq!(compared(samples::differing()), expected);
        let off = samples::idle_summary("off", Status::NotRun(Obstacle::Disabled));
        let expected = "done: no key was compared, 0 jobs, 1 disabled, 0 keys compared in 5.0s";
        assert_eq!(one_line(&samples::verify_run(vec![off])), expected);
    }

    #[test]
    fn a_job_that_is_verified_after_its_walk_has_the_result_behind_its_outcomes() {
        let moved = |found: &[Option<Verification>]| {
            let jobs = found.iter().map(|verification| {
                let job = samples::verified_job("carts", samples::of_sample());
                let tally = Tally { matched: 1, copied: 1, ..Tally::default() };
                JobSummary { verification: verification.clone(), tally, ..job }
            });
            one_line(&samples::run_summary(false, jobs.collect()))
        };
        let same = samples::verification(VerifyTally { equal: 1, ..VerifyTally::default() });
        let missing = samples::verification(VerifyTally { missing: 1, ..VerifyTally::default() });
        let expected = "done: 1 job, 1 key, 1 copied, 1.5MiB, source and destination are the same in 5.0s";
        assert_eq!(moved(&[Some(same.clone())]), expected);
        let expected = "failed: 1 of 1 job done, 1 key, 1 copied, 1.5MiB, source and destination differ in 5.0s";
        assert_eq!(moved(&[Some(missing)]), expected);
        let expected = "done: 2 jobs, 2 keys, 2 copied, 3.0MiB, 1 of 2 jobs does not differ in 5.0s";
        assert_eq!(moved(&[Some(same), None]), expected);
    }

    #[test]
    fn the_verdict_has_a_colour() {
        let run = samples::run_summary(false, vec![samples::job_summary("carts", Status::Done)]);
        let line = last_line(&run, Look { has_colours: true, ..pipe() });
        assert!(line.starts_with("\x1b[31mfailed\x1b[0m: 1 of 1 job done, "), "{line}");
    }
}
