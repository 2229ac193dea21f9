//! The part of the summary about servers that could not answer, and about walks that started again.

use std::fmt::Write;
use std::time::Duration;

use crate::error::Side;
use crate::event::{JobSummary, Restart, RunSummary, WaitTotal};
use crate::report::numbers;

/// If a job waited less than this for an endpoint, only the report contains it.
const SHORTEST: Duration = Duration::from_secs(1);

/// A line for each endpoint that a job waited for, and for each job that walked more than once.
pub(super) fn outages(summary: &RunSummary) -> String {
    let mut text = String::new();
    for job in &summary.jobs {
        let waited = [Side::Source, Side::Destination].into_iter().filter_map(|side| waits(job, side));
        for line in waited.chain(walks(job)) {
            writeln!(text, "{}: {line}", job.job.name).expect("a write to a String cannot fail");
        }
    }
    text
}

fn waits(job: &JobSummary, side: Side) -> Option<String> {
    let waits = || job.waits.iter().filter(|wait| wait.side == side);
    let total: Duration = waits().map(|wait| wait.duration).sum();
    let causes: Vec<String> = waits().map(cause).collect();
    (total >= SHORTEST).then(|| format!("waited for the {side}: {}", causes.join("; ")))
}

fn cause(WaitTotal { cause, count, duration, longest, .. }: &WaitTotal) -> String {
    let total = numbers::span(*duration);
    match count {
        1 => format!("{cause} once, {total}"),
        count => format!("{cause} {} times, {total} (longest {})", numbers::count(*count), numbers::span(*longest)),
    }
}

fn walks(job: &JobSummary) -> Option<String> {
    let ended: Vec<String> = (1..).zip(&job.restarts).map(|(walk, restart)| ended(walk, restart)).collect();
    (!ended.is_empty()).then(|| format!("walked {} times: {}", ended.len() + 1, ended.join("; ")))
}

fn ended(walk: usize, Restart { reason, tally }: &Restart) -> String {
    let keys = if tally.copied == 1 { "key" } else { "keys" };
    let replaced =
        if tally.replaced > 0 { format!(" and replaced {}", numbers::count(tally.replaced)) } else { String::new() };
    format!("{reason} (walk {walk} had copied {} {keys}{replaced})", numbers::count(tally.copied))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::WaitCause;
    use crate::event::Status;
    use crate::outcome::Tally;
    use crate::report::samples;

    fn wait(side: Side, cause: WaitCause, count: u64, duration: u64, longest: u64) -> WaitTotal {
        let [duration, longest] = [duration, longest].map(Duration::from_millis);
        WaitTotal { side, cause, count, duration, longest }
    }

    fn shown(waits: Vec<WaitTotal>, restarts: Vec<Restart>) -> String {
        let job = JobSummary { waits, restarts, ..samples::job_summary("carts", Status::Done) };
        outages(&samples::run_summary(false, vec![job]))
    }

    #[test]
    fn each_endpoint_that_a_job_waited_for_has_a_line() {
        let text = shown(
            vec![
                wait(Side::Source, WaitCause::NoAnswer, 1, 61_000, 61_000),
                wait(Side::Destination, WaitCause::Disconnected, 3, 4200, 3900),
                wait(Side::Destination, WaitCause::Loading, 1, 750, 750),
            ],
            Vec::new(),
        );
        let expected = "carts: waited for the source: no answer once, 1m01s\n\
                        carts: waited for the destination: disconnected 3 times, 4.2s (longest 3.9s); LOADING once, 750ms\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_wait_of_less_than_a_second_in_total_has_no_line() {
        let waits = |longest| {
            vec![
                wait(Side::Source, WaitCause::Disconnected, 2, 999, 500),
                wait(Side::Destination, WaitCause::Disconnected, 9, 600, 100),
                wait(Side::Destination, WaitCause::Busy, 1, longest, longest),
            ]
        };
        assert_eq!(shown(waits(399), Vec::new()), "");
        let expected =
            "carts: waited for the destination: disconnected 9 times, 600ms (longest 100ms); BUSY once, 400ms\n";
        assert_eq!(shown(waits(400), Vec::new()), expected);
    }

    #[test]
    fn each_walk_that_ended_early_has_its_reason_and_what_it_copied() {
        let once = shown(Vec::new(), vec![samples::restart()]);
        let reason = "the destination `cache:6379` refuses every request: it is another process";
        assert_eq!(once, format!("carts: walked 2 times: {reason} (walk 1 had copied 1,234 keys)\n"));
        let tally = Tally { matched: 4, copied: 1, replaced: 3, ..Tally::default() };
        let twice = shown(Vec::new(), vec![samples::restart(), Restart { tally, ..samples::restart() }]);
        let second = format!("{reason} (walk 2 had copied 1 key and replaced 3)");
        assert_eq!(twice, format!("carts: walked 3 times: {reason} (walk 1 had copied 1,234 keys); {second}\n"));
    }
}
