//! The Markdown of a run.

use std::fmt::Write;

use super::escape::escaped;
use crate::event::{JobSummary, RunSummary};
use crate::report::summary::{self, cells, columns::Column, table};
use crate::report::{status, verified};

/// The most warnings that are shown.
const MOST_WARNINGS: usize = 20;

/// The text of a run that has not ended.
pub(super) const NOT_ENDED: &str = "### redis-keys-migrator\n\nThe run has not ended.\n";

/// A headline, the table of the jobs, what verification found, and why keys or jobs failed. It contains no names of keys.
pub(super) fn text(run: &RunSummary) -> String {
    let mut text = format!("### redis-keys-migrator\n\n{}\n\n", escaped(&summary::one_line(run)));
    text += &jobs(run);
    text += &list("Verification", run.jobs.iter().flat_map(verified::lines));
    text += &list("Failed keys", run.jobs.iter().flat_map(failures));
    text += &list("Reasons", run.jobs.iter().flat_map(reasons));
    text += &list("Warnings", warnings(run));
    text
}

fn jobs(run: &RunSummary) -> String {
    let (names, columns) = table::columns(run);
    let columns: Vec<&Column> = std::iter::once(&names).chain(&columns).collect();
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = row(columns.iter().map(|column| escaped(column.title())).collect());
    text += &row(columns.iter().map(|column| if column.is_number() { "--:" } else { "---" }.to_owned()).collect());
    for line in 0..names.cells().len() {
        text += &row(columns.iter().map(|column| cell(&column.cells()[line])).collect());
    }
    text
}

/// A cell; what failed is bold.
fn cell(text: &str) -> String {
    match text.strip_prefix(cells::MARK) {
        Some(failed) => format!("**{}**", escaped(failed)),
        None => escaped(text),
    }
}

fn failures(job: &JobSummary) -> Vec<String> {
    summary::failures_without_keys(job).iter().map(|line| format!("{}: {}", job.job.name, line)).collect()
}

fn reasons(job: &JobSummary) -> Vec<String> {
    status::reasons(&job.status).iter().map(|reason| format!("{}: {reason}", job.job.name)).collect()
}

fn warnings(run: &RunSummary) -> Vec<String> {
    let line = |job: Option<&String>, message: &str| match job {
        Some(job) => format!("{job}: {message}"),
        None => message.to_owned(),
    };
    let shown = run.warnings.iter().take(MOST_WARNINGS);
    let mut lines: Vec<String> = shown.map(|warning| line(warning.job.as_ref(), &warning.message)).collect();
    if let Some(others) = run.warnings.len().checked_sub(MOST_WARNINGS).filter(|others| *others > 0) {
        lines.push(format!("{others} more warnings"));
    }
    lines
}

fn list(title: &str, lines: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        writeln!(text, "- {}", escaped(&line)).expect("a write to a String cannot fail");
    }
    if text.is_empty() { text } else { format!("\n**{title}**\n\n{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Failures;
    use crate::event::{Status, Warning};
    use crate::report::samples;

    #[test]
    fn a_run_with_a_job_of_every_status() {
        insta::assert_snapshot!(text(&samples::every_status()));
    }

    #[test]
    fn a_run_that_only_verifies_has_a_table_of_its_own() {
        insta::assert_snapshot!(text(&samples::every_verification()));
    }

    #[test]
    fn a_run_without_failures_has_only_a_table() {
        let mut job = samples::job_summary("carts", Status::Done);
        (job.tally.failed, job.failures) = (0, Failures::default());
        let mut run = samples::run_summary(false, vec![job]);
        run.warnings.clear();
        insta::assert_snapshot!(text(&run));
    }

    #[test]
    fn the_message_of_a_server_cannot_leave_its_line() {
        let mut run = samples::every_status();
        let mut failures = Failures::default();
        failures.add(&samples::failed_key(b"cart:secret", "ERR |x|\n# `cart:secret` <b> [a](b)"));
        run.jobs[0].failures = failures;
        run.warnings = vec![Warning { job: None, message: "a\n| b | **c**".to_owned() }];
        let (text, lines) = (text(&run), text(&samples::every_status()).lines().count());
        // One failure and one warning less than there.
        assert_eq!(text.lines().count(), lines - 2, "{text}");
        assert!(
            text.contains("- done: 1 key failed at the destination: ERR &#124;x&#124;&#92;n&#35; &#96;KEY"),
            "{text}"
        );
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn many_warnings_are_counted() {
        let mut run = samples::every_status();
        run.warnings = (0..25).map(|number| Warning { job: None, message: format!("w{number}") }).collect();
        let text = text(&run);
        assert!(text.ends_with("- w19\n- 5 more warnings\n"), "{text}");
    }
}
