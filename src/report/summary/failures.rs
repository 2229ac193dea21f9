//! The part of the summary about keys that failed.

use std::fmt::Write;

use crate::error::{ExampleKey, Failure};
use crate::event::{JobSummary, RunSummary};
use crate::report::numbers::count;

/// The most reasons of one job that are shown.
const MOST: usize = 5;

/// A line for each of the most frequent reasons of each job, and one for the keys of all others.
pub(super) fn failures(summary: &RunSummary) -> String {
    let mut text = String::new();
    for job in &summary.jobs {
        for line in lines(job, with_key) {
            writeln!(text, "{}: {line}", job.job.name).expect("a write to a String cannot fail");
        }
    }
    text
}

/// The same lines for one job, without names of keys.
pub(in crate::report) fn without_keys(job: &JobSummary) -> Vec<String> {
    lines(job, without_key)
}

fn lines(job: &JobSummary, line: impl Fn(&Failure) -> String) -> Vec<String> {
    let reasons = job.failures.by_frequency();
    let shown = &reasons[..reasons.len().min(MOST)];
    let mut lines: Vec<String> = shown.iter().map(|failure| line(failure)).collect();
    let others: u64 = reasons[shown.len()..].iter().map(|failure| failure.count).sum();
    match others + job.failures.unlisted() {
        0 => {}
        keys => lines.push(format!("{} failed for other reasons", in_words(keys))),
    }
    lines
}

fn with_key(failure: &Failure) -> String {
    let line = without_key(failure);
    let Some(ExampleKey { db, name, renamed }) = &failure.example else { return line };
    let of_database = db.map_or(String::new(), |db| format!(" of database {db}"));
    let renamed = renamed.as_ref().map_or(String::new(), |name| format!(", at the destination {name}"));
    let which = if failure.count == 1 { "key" } else { "for example key" };
    format!("{line} ({which} {name}{of_database}{renamed})")
}

fn without_key(Failure { side, message, count, .. }: &Failure) -> String {
    format!("{} failed at the {side}: {message}", in_words(*count))
}

fn in_words(keys: u64) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{} keys", count(keys)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{FailedKeys, FailureCode, Failures, Side};
    use crate::event::Status;
    use crate::report::samples;

    fn shown(failures: Failures) -> String {
        let job = JobSummary { failures, ..samples::job_summary("carts", Status::Done) };
        super::failures(&samples::run_summary(false, vec![job]))
    }

    #[test]
    fn the_most_frequent_reasons_come_first_and_the_others_are_counted() {
        let mut failures = Failures::default();
        for (at, reason) in ["a", "b", "c", "d", "e", "f", "g"].into_iter().enumerate() {
            (0..=at * 600).for_each(|key| failures.add(&samples::failed_key(format!("k:{key}").as_bytes(), reason)));
        }
        insta::assert_snapshot!(shown(failures), @r#"
        carts: 3,601 keys failed at the destination: g (for example key "k:0")
        carts: 3,001 keys failed at the destination: f (for example key "k:0")
        carts: 2,401 keys failed at the destination: e (for example key "k:0")
        carts: 1,801 keys failed at the destination: d (for example key "k:0")
        carts: 1,201 keys failed at the destination: c (for example key "k:0")
        carts: 602 keys failed for other reasons
        "#);
    }

    #[test]
    fn a_reason_without_a_key_has_no_example_and_a_run_without_failures_has_no_line() {
        let mut failures = Failures::default();
        failures.add_all(&FailedKeys { side: Side::Source, code: FailureCode::EndpointRefused, count: 1 });
        assert_eq!(shown(failures), "carts: 1 key failed at the source: the server refused every request\n");
        assert_eq!(shown(Failures::default()), "");
    }
}
