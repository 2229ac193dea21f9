//! Exact settlement: a server fails at an exact command, and every key gets the right outcome.

use std::thread;
use std::time::Duration;

use crate::support::{Ending, Gate, Ran, RdbFile, Scene, words};

const KEYS: u64 = 3000;
const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const LOG: &str = "redis-keys-migrator-error.log";
/// Numbers of confirmed writes, in several pipelines of 600 and of 1000 keys.
const CONFIRMED: [u64; 7] = [0, 1, 599, 600, 1000, 1001, 2500];
/// How keys are moved.
const MODES: [&str; 4] = [
    "pipeline_batch_size = 1000",
    "pipeline_batch_size = 600",
    "pipeline_batch_size = 600\non_existing = \"replace\"",
    "pipeline_batch_size = 600\nsleep = \"20ms\"",
];
/// Time for sent bytes to arrive before something else happens.
const A_MOMENT: Duration = Duration::from_millis(500);

/// A source with keys of the same length, and an empty destination.
fn scene() -> Scene {
    let scene = Scene::new().never_retries();
    scene.source.run(words!["DEBUG", "POPULATE", KEYS, "key", 20]);
    scene
}

/// Runs `job.toml` with these gates in front of the servers, and calls `meanwhile` during the run.
fn run_through(scene: &Scene, gates: &[(&str, &Gate)], meanwhile: impl FnOnce()) -> Ran {
    let ports: Vec<String> = gates.iter().map(|(side, gate)| format!("{side}.port={}", gate.port())).collect();
    let mut arguments = RUN.to_vec();
    for port in &ports {
        arguments.extend(["--set", port]);
    }
    let running = scene.prepare(&arguments).spawn();
    meanwhile();
    running.wait()
}

/// The outcomes of a report with so many copied and failed keys.
fn copied_and_failed(copied: u64, failed: u64) -> String {
    let counts = [("copied", copied), ("failed", failed)];
    let counts = counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// The message of an endpoint behind a gate that has ended the connection.
fn lost(side: &str, gate: &Gate) -> String {
    format!("the {side} `127.0.0.1:{}` closed the connection", gate.port())
}

fn size(scene: &Scene) -> u64 {
    scene.destination.size().unsigned_abs()
}

/// Fails unless the source has all its keys, and the destination has so many of them with the same values.
#[track_caller]
fn holds_so_many_keys_of_the_source(scene: &Scene, expected: u64) {
    let (source, destination) = (scene.source.reading(), scene.destination.reading());
    assert_eq!((source.0.len() as u64, destination.0.len() as u64), (KEYS, expected));
    let other = destination.0.iter().find(|(key, entry)| source.0.get(*key) != Some(entry));
    assert!(other.is_none(), "the destination has a key that the source lacks: {other:?}");
}

/// Fails unless the run reports the disconnected destination on stdout, on stderr, in the report and in the error log,
/// with all details.
#[track_caller]
fn reports_a_disconnected_destination(scene: &Scene, gate: &Gate, ran: Ran, copied: u64, failed: u64) {
    let lost = lost("destination", gate);
    let (unanswered, check) = (format!("{failed} keys"), format!("Check |{LOG}| for details"));
    let ran =
        ran.exits(3).outcomes("all", &copied_and_failed(copied, failed)).reasons("all", &[&lost]).stdout_has(&lost);
    let [copied, failed, matched] = [copied, failed, copied + failed].map(|count| count.to_string());
    let counts = [("matched", matched), ("copied", copied), ("failed", failed.clone())];
    let ran = ran.row("all", &[("status", "endpoint-failed")]);
    let ran = ran.row("all", &counts.each_ref().map(|(name, count)| (*name, count.as_str())));
    let lost_line: &[&str] = &["error: job `all`", &lost];
    let unanswered_line: &[&str] = &["warning: ", &unanswered, "may have arrived"];
    let ran = if failed == "0" {
        ran.errors_and_warnings(&[lost_line])
    } else {
        ran.errors_and_warnings(&[lost_line, unanswered_line])
    };
    assert_eq!(ran.stderr.lines().last(), Some(format!("Errors occurred during the execution. {check}").as_str()));
    let log = scene.read(LOG);
    let server = format!("type=- side=destination server=127.0.0.1:{}", gate.port());
    let (keys, others): (Vec<&str>, Vec<&str>) = log.lines().partition(|line| line.contains(" job=all key=\""));
    assert!(keys.len().to_string() == failed && others.len() == 1, "{log}");
    let is_unanswered = |line: &&str| line.contains(&server) && line.contains("it was sent, and no reply came");
    assert!(keys.iter().all(is_unanswered), "{log}");
    assert!(others[0].contains(&format!(" job=all key=- {server}")) && others[0].contains("closed"), "{log}");
}

/// Runs to a destination that confirms so many writes and closes. Writes without a reply are failed. A write that was
/// sent only in part may be one of them or not.
#[track_caller]
fn disconnects_the_destination_after(scene: &Scene, confirmed: u64) {
    scene.destination.run(words!["FLUSHALL"]);
    let gate = Gate::new(scene.destination.port(), "RESTORE", confirmed, Ending::Close);
    let ran = run_through(scene, &[("destination", &gate)], || {});
    let (sent, failed) = (gate.sent(), ran.count("all", "failed"));
    assert_eq!(ran.count("all", "copied"), confirmed, "{}", ran.report());
    assert!(sent > confirmed && sent <= KEYS, "{sent} sent");
    assert!((sent..=sent + 1).contains(&(confirmed + failed)), "{failed} failed, {sent} sent, {confirmed} confirmed");
    holds_so_many_keys_of_the_source(scene, confirmed);
    reports_a_disconnected_destination(scene, &gate, ran, confirmed, failed);
}

fn disconnects_the_destination_in(mode: &str) {
    let scene = scene();
    scene.job(mode);
    for confirmed in CONFIRMED {
        disconnects_the_destination_after(&scene, confirmed);
    }
    // The next run moves the remaining keys, and the existing ones stay.
    let (there, missing) = (size(&scene), KEYS - size(&scene));
    let outcome = if mode.contains("replace") { "replaced" } else { "existing" };
    scene.run(&RUN).exits(0).outcomes("all", &format!("copied {missing}, {outcome} {there}"));
    assert_eq!(size(&scene), KEYS);
}

#[test]
fn exactly_the_confirmed_writes_are_copied_when_the_destination_disconnects() {
    disconnects_the_destination_in(MODES[0]);
}

#[test]
fn exactly_the_confirmed_writes_of_small_pipelines_are_copied_when_the_destination_disconnects() {
    disconnects_the_destination_in(MODES[1]);
}

#[test]
fn exactly_the_confirmed_writes_are_copied_when_the_destination_disconnects_under_replace() {
    disconnects_the_destination_in(MODES[2]);
}

#[test]
fn exactly_the_confirmed_writes_are_copied_when_the_destination_disconnects_between_pauses() {
    disconnects_the_destination_in(MODES[3]);
}

#[test]
fn between_pauses_only_the_pipeline_that_was_sent_fails() {
    let scene = scene();
    scene.job(MODES[3]);
    let gate = Gate::new(scene.destination.port(), "RESTORE", 700, Ending::Close);
    let ran = run_through(&scene, &[("destination", &gate)], || {});
    // The first pipeline of 600, and 100 of the second. The other 1800 keys were not sent.
    assert_eq!(gate.sent(), 1200);
    assert_eq!(output(&gate, &ran), OUTPUT);
    reports_a_disconnected_destination(&scene, &gate, ran, 700, 500);
    holds_so_many_keys_of_the_source(&scene, 700);
}

/// Everything that such a run prints.
const OUTPUT: &str = "\
job status matched copied failed bytes duration keys/s
all !endpoint-failed 1,200 700 !500 21.8KiB DURATION RATE

all: 500 keys failed at the destination: they were sent, and no reply came; they may have arrived

all: the destination `127.0.0.1:PORT` closed the connection

failed: 0 of 1 job done, 700 copied, 500 keys failed, 21.8KiB in DURATION
--- stderr
TIME override: `destination.port` is PORT, set by --set destination.port (in all)
TIME job `all` starts: from 127.0.0.1:PORT (database 0, Redis VERSION) to 127.0.0.1:PORT (database 0, Redis VERSION)
warning: job `all`: 500 keys counted as failed: they were sent, and no reply came; they may have arrived, and a second run settles them
error: job `all` ends early: the destination `127.0.0.1:PORT` closed the connection
TIME job `all` ended: 1,200 scanned, 0 filtered, 1,200 matched: 700 copied, 0 replaced, 0 existing, 0 vanished, 500 failed
Errors occurred during the execution. Check |redis-keys-migrator-error.log| for details";

/// Stdout and stderr with one blank between words, and without parts that change from run to run: a rate, ports,
/// versions, and the line about pauses, which appears only after some time.
fn output(gate: &Gate, ran: &Ran) -> String {
    let version = ran.job("all")["source"]["server"]["version"].as_str().expect("a version").to_owned();
    let text = format!("{}\n--- stderr\n{}", ran.masked_stdout(), ran.masked_stderr());
    let text = text.replace(&gate.port().to_string(), "PORT").replace(&version, "VERSION");
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with("all ") {
            words.pop();
            words.push("RATE");
        }
        words.join(" ")
    };
    let lines = text.lines().filter(|line| !line.contains("is held back by its pauses"));
    lines.map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn writes_without_a_reply_are_failed_and_may_have_arrived() {
    for mode in MODES {
        let scene = scene();
        scene.job(mode);
        let gate = Gate::losing_replies(scene.destination.port(), "RESTORE", 700);
        let ran = run_through(&scene, &[("destination", &gate)], || {});
        let (sent, failed) = (gate.sent(), ran.count("all", "failed"));
        assert_eq!((ran.count("all", "copied"), size(&scene)), (700, sent), "{mode}: {}", ran.report());
        assert!((sent..=sent + 1).contains(&(700 + failed)), "{mode}: {failed} failed, {sent} sent");
        reports_a_disconnected_destination(&scene, &gate, ran, 700, failed);
    }
}

#[test]
fn exactly_the_confirmed_writes_are_copied_when_the_destination_resets_the_connection() {
    for mode in MODES {
        let scene = scene();
        scene.job(mode);
        let gate = Gate::new(scene.destination.port(), "RESTORE", 700, Ending::Reset);
        let ran = run_through(&scene, &[("destination", &gate)], || {});
        let failed = ran.count("all", "failed");
        assert!((1..=KEYS - 700).contains(&failed), "{mode}: {}", ran.report());
        holds_so_many_keys_of_the_source(&scene, 700);
        reports_a_disconnected_destination(&scene, &gate, ran, 700, failed);
    }
}

/// How many values a source has returned that was to return at most so many, in transactions of at most 16 keys.
#[track_caller]
fn replied(gate: &Gate, at_most: u64) -> u64 {
    let replied = gate.replied();
    assert!((at_most - 15..=at_most).contains(&replied), "{replied} of {at_most} values");
    replied
}

#[test]
fn values_that_were_read_before_the_source_disconnects_are_written() {
    for (mode, read) in [(MODES[0], 500), (MODES[0], 1500), (MODES[1], 700), (MODES[2], 500), (MODES[3], 700)] {
        let scene = scene();
        scene.job(mode);
        let source = Gate::new(scene.source.port(), "DUMP", read, Ending::Close);
        let ran = run_through(&scene, &[("source", &source)], || {});
        let lost = lost("source", &source);
        // A transaction returns all its values or none.
        let read = replied(&source, read);
        let copied = read.to_string();
        let ran = ran.exits(3).outcomes("all", &format!("copied {read}")).reasons("all", &[&lost]).stdout_has(&lost);
        let cells = [("status", "endpoint-failed"), ("matched", &copied), ("copied", &copied), ("failed", "0")];
        ran.row("all", &cells).errors_and_warnings(&[&["error: job `all`", &lost]]);
        holds_so_many_keys_of_the_source(&scene, read);
        let log = scene.read(LOG);
        assert!(log.lines().count() == 1 && log.contains("key=- type=- side=source"), "{log}");
    }
}

/// The destination holds every write until the source has disconnected.
#[test]
fn values_that_wait_for_the_destination_when_the_source_disconnects_are_written() {
    for mode in &MODES[..3] {
        let scene = scene();
        scene.job(mode);
        let source = Gate::new(scene.source.port(), "DUMP", 1500, Ending::Close);
        let destination = Gate::new(scene.destination.port(), "RESTORE", KEYS, Ending::Close).hold();
        let ran = run_through(&scene, &[("source", &source), ("destination", &destination)], || {
            source.until_cut();
            thread::sleep(A_MOMENT);
            destination.release();
        });
        let lost = lost("source", &source);
        let read = replied(&source, 1500);
        let ran = ran.exits(3).outcomes("all", &format!("copied {read}")).reasons("all", &[&lost]);
        ran.errors_and_warnings(&[&["error: job `all`", &lost]]);
        holds_so_many_keys_of_the_source(&scene, read);
    }
}

#[test]
fn a_source_and_then_a_destination_that_disconnect_are_both_reported() {
    for mode in &MODES[..3] {
        let scene = scene();
        scene.job(mode);
        let source = Gate::new(scene.source.port(), "DUMP", 1500, Ending::Close);
        let destination = Gate::new(scene.destination.port(), "RESTORE", 100, Ending::Close).hold();
        let ran = run_through(&scene, &[("source", &source), ("destination", &destination)], || {
            source.until_cut();
            thread::sleep(A_MOMENT);
            destination.release();
        });
        let lost = [lost("source", &source), lost("destination", &destination)];
        let ran = ran.exits(3).stdout_has(&lost[0]).stdout_has(&lost[1]);
        let (sent, failed) = (destination.sent(), ran.count("all", "failed"));
        assert!((sent..=sent + 1).contains(&(100 + failed)), "{mode}: {failed} failed, {sent} sent");
        let ran = ran.outcomes("all", &copied_and_failed(100, failed));
        let unanswered = format!("{failed} keys");
        let ran = ran.errors_and_warnings(&[
            &["error: job `all`", &lost[0]],
            &["error: job `all`", &lost[1]],
            &["warning: ", &unanswered, "may have arrived"],
        ]);
        let mut reasons = ran.job("all")["reasons"].as_array().expect("a list").clone();
        reasons.sort_by_key(|reason| reason.as_str().map(|reason| reason.contains("destination")));
        let are_both = reasons.len() == 2
            && reasons.iter().zip(&lost).all(|(reason, lost)| reason.as_str().is_some_and(|text| text.contains(lost)));
        assert!(are_both, "{mode}: {reasons:?}");
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        holds_so_many_keys_of_the_source(&scene, 100);
        let log = scene.read(LOG);
        let sides = ["source", "destination"].map(|side| log.matches(&format!("key=- type=- side={side}")).count());
        assert_eq!((sides, log.matches(" key=\"").count() as u64), ([1, 1], failed), "{log}");
    }
}

/// A file with the keys of database 0, and then keys of a database that the destination lacks.
fn with_a_missing_database() -> Scene {
    let scene = Scene::new().never_retries();
    let file = RdbFile::new().strings(usize::try_from(KEYS).expect("it is small")).database(20).strings(100);
    scene.backup(&file.finished());
    scene
}

#[test]
fn a_destination_that_refuses_a_database_and_then_disconnects_is_reported_for_both() {
    for mode in &MODES[..3] {
        let scene = with_a_missing_database();
        scene.backup_job(&format!("source.db = \"all\"\n{mode}"));
        let gate = Gate::new(scene.destination.port(), "RESTORE", 100, Ending::Close).hold();
        let ran = run_through(&scene, &[("destination", &gate)], || {
            gate.until_refused_database(20);
            thread::sleep(A_MOMENT);
            gate.release();
        });
        let lost = lost("destination", &gate);
        let missing = format!("the destination `127.0.0.1:{}` has no database 20", gate.port());
        let ran = ran.exits(3).stdout_has(&missing).stdout_has(&lost);
        let (sent, failed) = (gate.sent(), ran.count("all", "failed"));
        assert!((sent..=sent + 1).contains(&(100 + failed)), "{mode}: {failed} failed, {sent} sent");
        let ran = ran.outcomes("all", &copied_and_failed(100, failed));
        let unanswered = format!("{failed} keys");
        let ran = ran.errors_and_warnings(&[
            &["error: job `all`", &lost],
            &["error: job `all`", &missing],
            &["warning: ", &unanswered, "may have arrived"],
        ]);
        let reasons = ran.job("all")["reasons"].to_string();
        assert!(reasons.contains(&lost) && reasons.contains(&missing), "{mode}: {reasons}");
        assert_eq!((ran.status_of("all").as_str(), size(&scene)), ("endpoint-failed", 100), "{mode}");
        let log = scene.read(LOG);
        assert!(log.contains("closed the connection") && log.contains("has no database 20"), "{log}");
    }
}
