//! The summary as text.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::failures::failures;
use super::last_line::last_line;
use super::outages::outages;
use super::{cells, dry_run, table};
use crate::event::{JobSummary, RunSummary, Status};
use crate::outcome::{LibraryTally, PayloadTally};
use crate::outputs::OpenLogs;
use crate::report::look::{Colour, Look};
use crate::report::numbers::count;
use crate::report::{estimate, status, verified};
use crate::sanitize;

/// The results of the run: a table, details of the jobs, and one last line. It is safe to print.
pub(super) fn results(summary: &RunSummary, look: Look) -> String {
    let mut text = String::new();
    if summary.dry_run {
        text += "dry run: nothing was written; this is what a run would do\n\n";
    }
    text += &painted(table::jobs(summary, look.width), look);
    if summary.dry_run {
        text += &dry_run::by_type(summary, look.width);
        text += &look.wrapped(&estimate::text(summary));
    }
    let details = [
        payloads(summary),
        libraries(summary),
        outages(summary),
        verifications(summary),
        failures(summary),
        reasons(summary),
    ];
    let details = details.map(after_empty_line).concat();
    text += &look.wrapped(&sanitize::lines(&details));
    text + "\n" + &last_line(summary, look) + "\n"
}

fn after_empty_line(part: String) -> String {
    if part.is_empty() { part } else { format!("\n{part}") }
}

/// Colours the marked words of a table.
fn painted(table: String, look: Look) -> String {
    if !look.has_colours {
        return table;
    }
    let paint = |word: &str| if word.starts_with(cells::MARK) { Colour::Red.paint(word) } else { word.to_owned() };
    let line = |line: &str| line.split(' ').map(paint).collect::<Vec<_>>().join(" ") + "\n";
    table.lines().map(line).collect()
}

/// A line for each job that adapted payloads to the destination.
fn payloads(summary: &RunSummary) -> String {
    let mut text = String::new();
    for job in &summary.jobs {
        let PayloadTally { passed, restamped, translated } = job.payloads;
        if restamped + translated > 0 {
            let name = &job.job.name;
            let [passed, restamped, translated] = [passed, restamped, translated].map(count);
            writeln!(text, "{name}: payloads: {passed} passed, {restamped} re-stamped, {translated} translated")
                .expect("a write to a String cannot fail");
        }
    }
    text
}

/// A line for each job whose source has function libraries.
fn libraries(summary: &RunSummary) -> String {
    let mut text = String::new();
    for job in summary.jobs.iter().filter(|job| job.libraries.found > 0) {
        let LibraryTally { found, restored, existing, failed } = job.libraries;
        let outcome = match (job.job.functions, summary.dry_run) {
            (false, _) => "not restored (set `functions = true` to restore them)".to_owned(),
            (true, true) => "a run would restore them".to_owned(),
            (true, false) => {
                let [restored, existing, failed] = [restored, existing, failed].map(count);
                format!("{restored} restored, {existing} existing, {failed} failed")
            }
        };
        writeln!(text, "{}: function libraries: {} found, {outcome}", job.job.name, count(found))
            .expect("a write to a String cannot fail");
    }
    text
}

/// What verification found for each job. In a run that only verifies, the table has it if there is no more than numbers of equal
/// and failed keys.
fn verifications(summary: &RunSummary) -> String {
    let is_shown =
        |job: &&JobSummary| !summary.verify || job.verification.as_ref().is_some_and(verified::is_remarkable);
    let lines = summary.jobs.iter().filter(is_shown).flat_map(verified::lines);
    lines.map(|line| line + "\n").collect()
}

/// A line for each reason why a job is not `done`.
fn reasons(summary: &RunSummary) -> String {
    let mut text = String::new();
    for job in &summary.jobs {
        let word = match job.status {
            Status::Refused(_) => "refused: ",
            Status::NotRun(_) => "not run: ",
            Status::Done | Status::TooFew(_) | Status::Stopped(_) => "",
        };
        for reason in status::reasons(&job.status) {
            writeln!(text, "{}: {word}{reason}", job.job.name).expect("a write to a String cannot fail");
        }
    }
    text
}

/// Lines on standard error: one for each error log that this run wrote to, for failed keys or for a lost
/// endpoint. The wording is that of the script that this program replaces, because users may search logs for it.
pub(super) fn logs_to_check(summary: &RunSummary, logs: &OpenLogs) -> String {
    if summary.dry_run {
        // A dry run writes no log.
        return String::new();
    }
    let mut seen = BTreeSet::new();
    let mut text = String::new();
    let has_failed = |job: &JobSummary| job.verification.as_ref().is_some_and(|found| found.failed > 0);
    let has_errors = |job: &&JobSummary| job.tally.failed > 0 || has_failed(job) || logs.has_lines(&job.job.name);
    for job in summary.jobs.iter().filter(has_errors) {
        let path = &job.job.error_log.path;
        if seen.insert(path) {
            writeln!(text, "Errors occurred during the execution. Check |{}| for details", path.display())
                .expect("a write to a String cannot fail");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Status;
    use crate::outcome::VerifyTally;
    use crate::report::look::tests::{pipe, terminal};
    use crate::report::samples;

    #[test]
    fn a_run_with_a_job_of_every_status() {
        insta::assert_snapshot!(results(&samples::every_status(), pipe()));
    }

    #[test]
    fn a_run_that_only_verifies_has_a_table_of_its_own() {
        insta::assert_snapshot!(results(&samples::every_verification(), pipe()));
        let text = results(&samples::every_verification(), terminal(60));
        assert!(text.lines().all(|line| line.len() <= 60), "{text}");
    }

    #[test]
    fn a_verification_without_a_difference_is_a_table_and_the_last_line() {
        let same = samples::verification(VerifyTally { equal: 1209, ..VerifyTally::default() });
        insta::assert_snapshot!(results(&samples::verify_run(vec![samples::compared_job("carts", same)]), pipe()));
    }

    #[test]
    fn jobs_that_are_verified_after_their_walk_have_lines_below_the_table() {
        let same = samples::verification(VerifyTally { equal: 1207, ..VerifyTally::default() });
        let jobs = vec![
            samples::verified_job("carts", samples::differing()),
            samples::verified_job("users", same),
            samples::verified_job("stock", samples::of_sample()),
        ];
        insta::assert_snapshot!(results(&samples::run_summary(false, jobs), pipe()));
    }

    #[test]
    fn a_summary_fits_into_a_narrow_terminal_and_into_a_wide_one() {
        for width in [60, 140] {
            let text = results(&samples::every_status(), terminal(width));
            assert!(text.lines().all(|line| line.len() <= width), "{width}: {text}");
            insta::assert_snapshot!(format!("a_summary_of_{width}_columns"), text);
        }
    }

    #[test]
    fn what_failed_is_red_if_there_are_colours_and_marked_in_any_case() {
        let run =
            samples::run_summary(false, vec![samples::job_summary("carts", Status::Stopped(vec![samples::lost()]))]);
        let plain = results(&run, pipe());
        let coloured = results(&run, Look { has_colours: true, ..pipe() });
        assert!(
            coloured.contains("\x1b[31m!endpoint-failed\x1b[0m") && coloured.contains("\x1b[31m!2\x1b[0m"),
            "{coloured}"
        );
        assert_eq!(coloured.replace("\x1b[31m", "").replace("\x1b[0m", ""), plain);
    }

    #[test]
    fn columns_that_are_zero_in_every_job_are_left_out() {
        let title = |run: &RunSummary| results(run, terminal(140)).lines().next().map(str::to_owned).unwrap();
        let mut run = samples::every_status();
        run.jobs.iter_mut().skip(1).for_each(|job| (job.tally.replaced, job.tally.failed) = (0, 0));
        assert_eq!(
            title(&run).split_whitespace().collect::<Vec<_>>().join(" "),
            "job status matched copied replaced existing vanished failed bytes duration keys/s"
        );
        (run.jobs[0].tally.replaced, run.jobs[0].tally.failed) = (0, 0);
        assert_eq!(
            title(&run).split_whitespace().collect::<Vec<_>>().join(" "),
            "job status matched copied existing vanished bytes duration keys/s"
        );
    }

    #[test]
    fn a_single_job_has_no_totals() {
        let run = samples::run_summary(false, vec![samples::job_summary("carts", Status::Done)]);
        insta::assert_snapshot!(results(&run, pipe()));
    }

    #[test]
    fn waits_and_earlier_walks_are_shown_below_the_table() {
        let run = samples::run_summary(false, vec![samples::restarted_summary("carts")]);
        insta::assert_snapshot!(results(&run, pipe()));
    }

    #[test]
    fn a_dry_run_is_marked_and_lists_the_types() {
        let jobs = vec![
            samples::job_summary("carts", Status::Done),
            samples::idle_summary("idle", Status::NotRun(samples::obstacle())),
        ];
        insta::assert_snapshot!(results(&samples::run_summary(true, jobs), pipe()));
    }

    #[test]
    fn a_dry_run_that_would_write_nothing_has_no_types() {
        let run = samples::run_summary(true, vec![samples::idle_summary("idle", Status::Done)]);
        assert!(!results(&run, pipe()).contains("by type"));
    }

    #[test]
    fn each_log_with_failures_is_named_once() {
        let mut run = samples::every_status();
        run.jobs[2].job.error_log.path = "other.log".into();
        run.jobs[10].job.error_log.path = "no failures.log".into();
        let expected = "Errors occurred during the execution. Check |errors.log| for details\n\
                        Errors occurred during the execution. Check |other.log| for details\n";
        let logs = OpenLogs::default();
        assert_eq!(logs_to_check(&run, &logs), expected);
        run.dry_run = true;
        assert_eq!(logs_to_check(&run, &logs), "");
    }
}
