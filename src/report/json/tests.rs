//! Compares the report with its schema.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::running::Running;
use super::schema::report_schema;
use super::{JsonReport, Report};
use crate::error::Failures;
use crate::event::{Event, Listener, Progress, RunSummary, Status};
use crate::job::{LogMode, VerifyExtra};
use crate::outcome::{Tally, VerifyTally};
use crate::outputs::{Patience, ReportFormat, inspect};
use crate::report::samples;

const SCHEMA_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json");

fn rendered(summary: &RunSummary) -> Value {
    serde_json::from_str(&Report::new(summary, 3).to_json()).unwrap()
}

#[test]
fn a_report_of_one_job() {
    let run = samples::run_summary(false, vec![samples::job_summary("carts", Status::Done)]);
    let version = format!("\"program_version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let text = Report::new(&run, 1).to_json().replace(&version, "\"program_version\": \"VERSION\"");
    insta::assert_snapshot!(text);
}

#[test]
fn a_job_that_was_not_run_has_no_timings_and_no_servers() {
    let report = rendered(&samples::every_status());
    let idle = report["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "idle").unwrap();
    assert_eq!(idle["status"], "not-run");
    assert_eq!(idle["timings"], Value::Null);
    assert_eq!(idle["source"]["server"], Value::Null);
    assert_eq!(idle["source"]["address"], "10.0.0.5:6379");
}

#[test]
fn a_job_with_a_file_reports_a_backup_instead_of_a_server() {
    let run = samples::run_summary(false, vec![samples::backup_summary("restore", Status::Done)]);
    let report = rendered(&run);
    let job = &report["jobs"][0];
    let backup = serde_json::json!({
        "flavour": "redis", "version": "8.2.3", "rdb_version": 12, "created": "2026-01-31T12:00:00.250Z", "size": 4711
    });
    let source = serde_json::json!({
        "address": null, "file": "dump.rdb", "files": [], "db": "all", "server": null, "nodes": [], "backup": backup
    });
    assert_eq!(job["source"], source);
    assert_eq!(job["destination"]["db"], "same");
    assert_eq!(job["configuration"]["source"], serde_json::json!({ "rdb": "dump.rdb", "db": "all" }));
    assert_eq!(job["libraries"], serde_json::json!({ "found": 2, "restored": 1, "existing": 1, "failed": 0 }));
}

#[test]
fn a_job_reports_its_waits_and_its_earlier_walks() {
    let report = rendered(&samples::run_summary(false, vec![samples::restarted_summary("carts")]));
    let waits = serde_json::json!([
        { "endpoint": "destination", "cause": "disconnected", "count": 3, "seconds": 4.2, "longest_seconds": 3.9 },
        { "endpoint": "destination", "cause": "loading", "count": 1, "seconds": 0.75, "longest_seconds": 0.75 }
    ]);
    assert_eq!(report["jobs"][0]["waits"], waits);
    let restarts = serde_json::json!([{
        "reason": "the destination `cache:6379` refuses every request: it is another process",
        "outcomes": { "matched": 1300, "copied": 1234, "replaced": 0, "existing": 66, "vanished": 0, "failed": 0 }
    }]);
    assert_eq!(report["jobs"][0]["restarts"], restarts);
    assert_eq!(report["totals"]["outcomes"]["matched"], 1209);
}

#[test]
fn a_job_reports_what_verification_found() {
    let jobs = vec![
        samples::compared_job("carts", samples::differing()),
        samples::compared_job("users", samples::of_sample()),
    ];
    let report = rendered(&samples::verify_run(jobs));
    let keys = serde_json::json!({
        "equal": 1190, "healed": 4, "repaired": 2, "expired": 5, "missing": 3, "extra": 1, "type": 0, "value": 1,
        "groups": 0, "field-expiry": 1, "expiry": 0, "not-comparable": 0
    });
    let differing = serde_json::json!({
        "compared": 1209, "keys": keys, "vanished": 1, "failed": 2, "sample": null, "ignores_extra": false,
        "complete": true, "clean": false, "seconds": 1.5
    });
    assert_eq!(report["jobs"][0]["verification"], differing);
    let sample = serde_json::json!({ "rate": 0.01, "most_different": 0.002_995_7, "confidence": 0.95 });
    let of_sample = &report["jobs"][1]["verification"];
    assert_eq!((&of_sample["sample"], &of_sample["clean"]), (&sample, &true.into()));
    assert_eq!((&report["verify"], &report["jobs"][0]["timings"]["keys_per_second"]), (&true.into(), &483.into()));
}

#[test]
fn a_run_that_has_not_ended_reports_what_verification_found_so_far_beside_the_outcomes() {
    let mut job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
    job.verify.extra = VerifyExtra::Ignore;
    let (source, destination) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
    let mut running = Running::new(false, false, &[&job], &[]);
    let moved = Tally { matched: 10, copied: 10, ..Tally::default() };
    let compared = Tally { matched: 4, failed: 1, ..Tally::default() };
    let verified = VerifyTally { equal: 3, extra: 2, ..VerifyTally::default() };
    let failures = Failures::default();
    running.is_changed_by(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: false });
    running.is_changed_by(&Event::Progress(&Progress { tally: moved, ..Progress::default() }, &failures));
    assert!(running.is_changed_by(&Event::VerifyStarted(&job)));
    let progress = Progress { tally: compared, verified, ..Progress::default() };
    running.is_changed_by(&Event::Progress(&progress, &failures));
    let report: Value = serde_json::from_str(&running.render()).unwrap();
    let (outcomes, found) = (&report["jobs"][0]["outcomes"], &report["jobs"][0]["verification"]);
    assert_eq!((&outcomes["matched"], &outcomes["copied"]), (&10.into(), &10.into()));
    let counts = ["compared", "failed"].map(|name| found[name].as_u64());
    assert_eq!((counts, &found["keys"]["extra"]), ([Some(4), Some(1)], &2.into()));
    assert_eq!((&found["complete"], &found["clean"], &found["sample"]), (&false.into(), &true.into(), &Value::Null));
}

#[test]
fn totals_are_the_sum_of_the_jobs() {
    let report = rendered(&samples::every_status());
    assert_eq!(report["jobs"].as_array().unwrap().len(), 15);
    assert_eq!(report["totals"]["outcomes"]["matched"], 12 * 1209);
    assert_eq!(report["totals"]["bytes"], 12 * 1_572_864);
    assert_eq!(report["exit_code"], 3);
}

#[test]
fn a_report_contains_no_secret() {
    let text = Report::new(&samples::every_status(), 0).to_json();
    assert!(text.contains("\"password\": \"***\""));
    assert!(!text.contains("hunter2"));
}

#[test]
fn reports_are_valid_against_the_schema() {
    let schema: Value = serde_json::from_str(&report_schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let jobs = vec![samples::job_summary("carts", Status::Done), samples::restarted_summary("users")];
    let runs = [
        samples::every_status(),
        samples::every_verification(),
        samples::run_summary(true, jobs),
        samples::run_summary(false, Vec::new()),
    ];
    for run in runs {
        let report = rendered(&run);
        let faults: Vec<_> = validator.iter_errors(&report).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
    let mut wrong = rendered(&samples::every_status());
    wrong["jobs"][0]["status"] = "finished".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn a_report_is_written_when_the_run_has_ended_and_says_if_it_cannot_be() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.json");
    let run = samples::every_status();
    let listener = |path: &Path| {
        let reports = [(ReportFormat::Json, path.to_owned())];
        let outputs = inspect(&[], &reports, &[], false).unwrap().open([], &Patience::default()).unwrap();
        let (_, report) = outputs.reports.into_iter().next().unwrap();
        JsonReport::new(report, |summary| u8::try_from(summary.jobs.len()).unwrap())
    };
    let mut good = listener(&path);
    good.hear(&Event::JobEnded(&run.jobs[0])).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    good.hear(&Event::RunEnded(&run)).unwrap();
    let report: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(report["exit_code"], 15);
    let stop = listener(Path::new("/dev/full")).hear(&Event::RunEnded(&run)).unwrap_err();
    assert_eq!(stop.to_string(), "cannot write /dev/full: No space left on device (os error 28)");
}

#[test]
fn a_report_has_every_reason_and_every_warning() {
    let report = rendered(&samples::every_status());
    let lost = "the destination `cache:6379` closed the connection: broken pipe";
    assert_eq!(report["jobs"][1]["reason"], "1209 keys matched, but `min_keys` is 5000");
    assert_eq!(report["jobs"][2]["reason"], "interrupted by SIGINT");
    assert_eq!(report["jobs"][2]["reasons"], serde_json::json!(["interrupted by SIGINT", lost]));
    assert_eq!((&report["jobs"][0]["reason"], &report["jobs"][0]["reasons"]), (&Value::Null, &serde_json::json!([])));
    let warnings = serde_json::json!([
        { "job": null, "message": "the run as a whole" }, { "job": "done", "message": "one job" }
    ]);
    assert_eq!(report["warnings"], warnings);
}

#[test]
fn the_schema_file_is_what_the_types_say() {
    if std::env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
        fs::write(SCHEMA_FILE, report_schema()).unwrap();
    }
    let held = fs::read_to_string(Path::new(SCHEMA_FILE)).unwrap_or_default();
    assert!(held == report_schema(), "{SCHEMA_FILE} is out of date: run this test with UPDATE_EXPECTED=1");
}
