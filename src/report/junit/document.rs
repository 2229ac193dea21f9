//! The XML of a run.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::event::{JobSummary, RunSummary, Status};
use crate::report::{StatusWord, status, summary, verified};
use crate::sanitize;

const NAME: &str = "redis-keys-migrator";

/// The results of a run. They contain no names of keys.
pub(super) fn of_run(run: &RunSummary) -> String {
    let mut suite = TestSuite::new("jobs");
    suite.set_time(run.duration);
    suite.add_test_cases(run.jobs.iter().map(test_case));
    text(suite)
}

/// The results of a run that has not ended.
pub(super) fn not_ended<'n>(jobs: impl IntoIterator<Item = &'n str>) -> String {
    let case = |name| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("not-ended").set_message("the run has not ended");
        TestCase::new(name, status)
    };
    let mut suite = TestSuite::new("jobs");
    suite.add_test_cases(jobs.into_iter().map(case));
    text(suite)
}

fn text(suite: TestSuite) -> String {
    let mut report = Report::new(NAME);
    report.add_test_suite(suite);
    report.to_string().expect("a write to a String cannot fail") + "\n"
}

fn test_case(job: &JobSummary) -> TestCase {
    let mut case = TestCase::new(job.job.name.as_str(), status_of(job));
    case.set_classname(NAME).set_time(job.duration);
    case
}

fn status_of(job: &JobSummary) -> TestCaseStatus {
    let word = StatusWord::from(&job.status);
    let (reasons, failures) = (status::reasons(&job.status), summary::failures_without_keys(job));
    let found = job.verification.as_ref();
    let is_passed = found.is_none_or(verified::is_passed) && job.tally.failed == 0 && job.libraries.failed == 0;
    let mut status = match job.status {
        Status::Done if is_passed => return TestCaseStatus::success(),
        Status::NotRun(_) => TestCaseStatus::skipped(),
        Status::Done | Status::TooFew(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Stopped(_) | Status::Refused(_) => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let kind = match word {
        StatusWord::Done if found.is_some_and(|found| !found.is_clean()) => "differs".to_owned(),
        StatusWord::Done => "keys-failed".to_owned(),
        word => word.to_string(),
    };
    let lines = reasons.into_iter().chain(verified::lines(job)).chain(failures);
    let lines: Vec<String> = lines.map(|line| safe(&line)).collect();
    if let Some(first) = lines.first() {
        status.set_message(first.as_str());
    }
    status.set_type(kind).set_description(lines.join("\n"));
    status
}

/// Without control characters, and without the two other characters that no XML document may contain.
fn safe(line: &str) -> String {
    sanitize::one_line(line).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Failures, Stop};
    use crate::report::samples;

    #[test]
    fn a_run_with_a_job_of_every_status() {
        insta::assert_snapshot!(of_run(&samples::every_status()));
    }

    #[test]
    fn a_job_that_differs_is_a_failure_with_its_kinds() {
        insta::assert_snapshot!(of_run(&samples::every_verification()));
    }

    #[test]
    fn until_the_run_has_ended_each_job_has_an_error() {
        insta::assert_snapshot!(not_ended(["carts", "sessions"]));
    }

    #[test]
    fn the_message_of_a_server_stays_in_its_place() {
        let hostile = "ERR ]]> <failure/> \" & \x1b[2J \u{0} \u{fffe} é\nend";
        let mut job = samples::job_summary("carts", Status::Stopped(vec![Stop::Internal(hostile.to_owned())]));
        job.failures = Failures::default();
        job.failures.add(&samples::failed_key(b"cart:secret", hostile));
        let text = of_run(&samples::run_summary(false, vec![job]));
        let parsed = Report::deserialize_from_str(&text).unwrap();
        let suites: Vec<_> = parsed.test_suites.iter().collect();
        let TestCaseStatus::NonSuccess { message, description, .. } = &suites[0].test_cases[0].status else {
            panic!("{text}");
        };
        assert_eq!((suites.len(), suites[0].test_cases.len(), parsed.errors), (1, 1, 1), "{text}");
        let shown = "ERR ]]> <failure/> \" & \\u{1b}[2J \\u{0} \u{fffd} é\\nend";
        let [message, description] = [message, description].map(|text| text.as_ref().unwrap().as_str());
        assert_eq!(message, format!("internal error: {shown}"));
        assert_eq!(description, format!("{message}\n1 key failed at the destination: {shown}"));
        assert!(!text.contains("secret"), "{text}");
    }
}
