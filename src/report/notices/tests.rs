//! The lines of each event.

use std::path::Path;
use std::time::Duration;

use super::Notices;
use crate::entry::{DbKey, Key};
use crate::error::{FailedKey, FailureCode, Side, Signal, Stop, WaitCause};
use crate::event::{
    Call, EndedLane, Event, Listener, SettledKey, Settlement, Status, TooFewKeys, Totals, Warning, Watermark,
};
use crate::job::{Databases, LogMode, VerifyMode};
use crate::outcome::{DifferenceKind, Outcome, Verdict};
use crate::report::samples;
use crate::server::Wait;
use crate::source::{Position, SourceFacts};

fn logged(event: &Event<'_>) -> String {
    let mut notices = Notices { job: "carts".to_owned(), is_dry_run: true, only_verifies: false };
    let logged = samples::logged(|| notices.hear(event).unwrap());
    // Removes the time, which only `info` lines have.
    logged.lines().map(|line| line.split_once("Z ").map_or(line, |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_start_names_source_and_destination() {
    let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
    let (source, destination) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
    let logged = logged(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: true });
    let expected = "job `carts` starts, as a dry run: from 10.0.0.5:6379 (database 0, Redis 7.0.15) \
                    to cache:6379 (database 0, Redis 7.0.15)";
    assert_eq!(logged, expected);
}

#[test]
fn a_start_from_a_file_names_the_server_that_wrote_it() {
    let job = samples::backup_job("restore", Databases::All);
    let (source, destination) = (SourceFacts::Backup(samples::backup_facts()), samples::facts("cache:6379"));
    let logged = logged(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: false });
    let expected = "job `restore` starts: from dump.rdb (all databases, RDB version 12 of Redis 8.2.3) \
                    to cache:6379 (all databases, Redis 7.0.15)";
    assert_eq!(logged, expected);
}

#[test]
fn a_notice_about_pauses_names_their_key_and_the_time_left() {
    let sleep = Duration::from_millis(250);
    let known = logged(&Event::HeldBack { sleep, time_left: Some(Duration::from_mins(123)) });
    let expected = "job `carts` is held back by its pauses: `sleep` is 250ms, about 2h03m left at this pace; \
                    set `sleep = \"0s\"` to remove them";
    assert_eq!(known, expected);
    assert!(logged(&Event::HeldBack { sleep, time_left: None }).contains(", time left unknown at this pace; "));
}

#[test]
fn a_wait_of_a_second_or_more_is_logged_and_a_shorter_one_only_for_debugging() {
    let after = |millis| {
        let (server, duration) = ("cache:6379".to_owned(), Duration::from_millis(millis));
        logged(&Event::Waited(&Wait {
            side: Side::Destination,
            server,
            cause: WaitCause::Disconnected,
            duration,
            is_over: true,
        }))
    };
    let answers = "job `carts`: the destination `cache:6379` answers again after";
    assert_eq!(after(3210), format!("{answers} 3.2s (disconnected)"));
    assert_eq!(after(1000), format!("{answers} 1.0s (disconnected)"));
    assert_eq!(after(999), format!("debug: {answers} 999ms (disconnected)"));
}

#[test]
fn a_walk_that_starts_again_is_a_warning_with_the_reason() {
    let expected = "warning: job `carts`: the destination `cache:6379` refuses every request: it is another process; \
                    walking again from the start";
    assert_eq!(logged(&Event::WalkRestarted(&samples::restart())), expected);
}

#[test]
fn an_early_end_has_its_reasons() {
    let end = |stops| logged(&Event::JobEnded(&samples::job_summary("carts", Status::Stopped(stops))));
    let counts = "\njob `carts` ended: 1,210 scanned, 1 filtered, 1,209 matched: 1,000 copied, 5 replaced, 200 existing, \
                  2 vanished, 2 failed";
    let limit = end(vec![Stop::ErrorLimit { failed: 3, limit: 3 }]);
    let expected = "error: job `carts` was stopped by the error limit: 3 keys failed, `max_errored_keys` is 3";
    assert_eq!(limit, format!("{expected}{counts}"));
    let both = end(vec![Stop::Interrupted(Signal::Terminate), samples::lost()]);
    let signal = "warning: job `carts` was interrupted by SIGTERM";
    let lost = "error: job `carts` ends early: the destination `cache:6379` closed the connection: broken pipe";
    assert_eq!(both, format!("{signal}\n{lost}{counts}"));
}

#[test]
fn a_time_limit_is_a_warning_and_an_unwritten_checkpoint_an_error_of_a_job_that_reached_its_end() {
    let first = |stop| {
        let summary = samples::job_summary("carts", Status::Stopped(vec![stop]));
        logged(&Event::JobEnded(&summary)).lines().next().map(str::to_owned).unwrap_or_default()
    };
    let limit = first(Stop::TimeLimit(Duration::from_mins(90)));
    assert_eq!(limit, "warning: job `carts` was stopped by `--max-duration` (1h 30m)");
    let unkept = first(Stop::Checkpoint { path: "c".into(), message: "disk full".to_owned() });
    assert_eq!(unkept, "error: job `carts`: the checkpoint c cannot be written: disk full");
}

#[test]
fn a_long_job_without_a_checkpoint_is_warned_about_with_its_time() {
    let expected = "warning: job `carts` will take about 25m00s, and has no `checkpoint`: after an interruption it starts from \
                    the beginning";
    assert_eq!(logged(&Event::NoCheckpoint { expected: Duration::from_mins(25) }), expected);
}

#[test]
fn too_few_keys_are_an_error() {
    let too_few = Status::TooFew(TooFewKeys { matched: 1209, min_keys: 5000 });
    let logged = logged(&Event::JobEnded(&samples::job_summary("carts", too_few)));
    assert_eq!(logged.lines().next(), Some("error: job `carts`: 1209 keys matched, but `min_keys` is 5000"));
}

#[test]
fn replaced_data_are_an_error_of_a_job_that_reached_its_end() {
    let summary = samples::job_summary("carts", Status::Stopped(vec![samples::changed(Side::Source)]));
    let expected = "error: job `carts`: the data of the source `cache:6379` were replaced during the walk: \
                    `FLUSHALL` was called\njob `carts` ended: ";
    assert!(logged(&Event::JobEnded(&summary)).starts_with(expected));
}

#[test]
fn a_verification_that_starts_names_which_keys_are_compared() {
    let mut job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
    assert_eq!(logged(&Event::VerifyStarted(&job)), "job `carts` is verified: every key is compared");
    job.verify.mode = VerifyMode::Sample;
    assert_eq!(logged(&Event::VerifyStarted(&job)), "job `carts` is verified: a sample of its keys is compared");
}

#[test]
fn a_verification_that_ended_has_its_counts_and_is_a_warning_if_there_are_differences() {
    let ended = |found, only_verifies| {
        let mut notices = Notices { only_verifies, ..Notices::default() };
        let summary = samples::verified_job("carts", found);
        let logged = samples::logged(|| notices.hear(&Event::JobEnded(&summary)).unwrap());
        logged.lines().map(|line| line.split_once("Z ").map_or(line, |(_, rest)| rest).to_owned()).collect::<Vec<_>>()
    };
    let sample = "job `carts` was verified: 1,000 keys compared, 1,000 equal";
    assert_eq!(ended(samples::of_sample(), true), [sample]);
    let moved = "job `carts` ended: 1,210 scanned, 1 filtered, 1,207 matched: 1,000 copied, 5 replaced, 200 existing, \
                 2 vanished, 0 failed";
    let counts = "job `carts` was verified: 1,209 keys compared, 1,190 equal";
    let differs = "warning: job `carts` differs: 3 missing, 1 extra, 1 value, 1 field-expiry; 4 healed, 2 repaired, 5 expired, \
                   1 vanished, 2 failed; see `redis-keys-migrator-differences.jsonl`";
    assert_eq!(ended(samples::differing(), false), [moved, counts, differs]);
}

#[test]
fn a_job_that_could_not_start_has_no_counts() {
    let lost = "cannot be run: the destination `cache:6379` closed the connection: broken pipe";
    let stopped = samples::idle_summary("carts", Status::Stopped(vec![samples::lost()]));
    assert_eq!(logged(&Event::JobEnded(&stopped)), format!("error: job `carts` {lost}"));
    let refused = samples::idle_summary("carts", Status::Refused(samples::lost()));
    assert_eq!(logged(&Event::JobEnded(&refused)), "");
    let (job, reason) = (&refused.job, &samples::lost());
    assert_eq!(logged(&Event::JobRefused { job, reason }), format!("error: job `carts` {lost}"));
}

#[test]
fn a_failed_key_is_logged_in_a_dry_run_only() {
    let failed = samples::failed_key(b"key:7", "ERR no");
    assert_eq!(logged(&Event::KeyFailed(&failed)), "warning: job `carts`: key \"key:7\": ERR no");
    // One warning counts keys that share their reason.
    let shared = FailedKey { code: FailureCode::EndpointRefused, ..failed.clone() };
    assert_eq!(logged(&Event::KeyFailed(&shared)), "");
    let logged = samples::logged(|| Notices::default().hear(&Event::KeyFailed(&failed)).unwrap());
    assert_eq!(logged, "");
}

#[test]
fn a_warning_names_its_job_if_it_has_one() {
    let of_job = Warning { job: Some("carts".to_owned()), message: "beware".to_owned() };
    assert_eq!(logged(&Event::Warned(&of_job)), "warning: job `carts`: beware");
    assert_eq!(logged(&Event::Warned(&Warning { job: None, ..of_job })), "warning: beware");
    assert_eq!(
        logged(&Event::LibraryFailed("ERR no")),
        "error: job `carts`: a function library cannot be restored: ERR no"
    );
}

#[test]
fn details_are_lines_of_the_levels_debug_and_trace() {
    let lane = EndedLane { lane: 2, pages: 3, keys: 250, duration: Duration::from_millis(1234) };
    let ended = "debug: job `carts`: lane 2 ended: 3 pages, 250 keys, in 1.2s";
    assert_eq!(logged(&Event::LaneEnded(&lane)), ended);
    let started = |lanes, count| logged(&Event::LanesStarted { lanes, count });
    assert_eq!(started(8, Some(500)), "debug: job `carts`: walks 8 lanes, `COUNT 500` in each `SCAN`");
    assert_eq!(started(1, None), "debug: job `carts`: walks 1 lane");
    let totals = Totals::default();
    let watermarks = [Watermark { lane: 2, position: Position::Offset(7) }];
    let settled = Settlement { watermarks: &watermarks, earlier: &totals, totals: &totals };
    assert_eq!(logged(&Event::Watermarks(&settled)), "debug: job `carts`: lane 2 is settled up to byte 7");
    let call = |bytes, millis| {
        let duration = Duration::from_millis(millis);
        logged(&Event::Called(&Call { side: Side::Source, action: "read", keys: 100, bytes, duration }))
    };
    assert_eq!(call(Some(2048), 499), "debug: job `carts`: source: read: 100 keys, 2.0KiB, in 499ms");
    assert_eq!(call(None, 500), "debug: job `carts`: slow source: read: 100 keys, in 500ms");
}

#[test]
fn each_key_has_its_outcome() {
    let key = Key::from(b"a\xff".to_vec());
    let id = DbKey { db: 3, key: &key };
    let settled = |renamed, outcome, reason| {
        logged(&Event::KeySettled(&SettledKey { id, renamed, outcome, verdict: None, reason }))
    };
    let compared = |verdict| {
        let verdict = Some(verdict);
        logged(&Event::KeySettled(&SettledKey { id, renamed: None, outcome: None, verdict, reason: None }))
    };
    assert_eq!(compared(Verdict::Equal), r#"trace: job `carts`: key "a\xff": equal"#);
    let differs = compared(Verdict::Different(DifferenceKind::FieldExpiry));
    assert_eq!(differs, r#"trace: job `carts`: key "a\xff": field-expiry"#);
    let line = |outcome, reason| settled(None, outcome, reason);
    assert_eq!(line(Some(Outcome::Copied), None), r#"trace: job `carts`: key "a\xff": copied"#);
    assert_eq!(line(None, None), r#"trace: job `carts`: key "a\xff": filtered"#);
    assert_eq!(line(Some(Outcome::Failed), Some("ERR no")), r#"trace: job `carts`: key "a\xff": failed: ERR no"#);
    let renamed = Key::from(b"b".to_vec());
    let existing = r#"trace: job `carts`: key "a\xff" (at the destination "b"): existing"#;
    assert_eq!(settled(Some(&renamed), Some(Outcome::Existing), None), existing);
}
