//! The account: `matched = copied + replaced + existing + vanished + failed`, and the walk beside it.

use std::time::Duration;

use rustix::process::Signal;

use super::reports::assert_valid;
use crate::support::{Pipeline, Proxy, RdbFile, Scene, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];

/// Ways to select the strings `a:0` to `a:9` and not the ten hashes `b:…`, and how many hashes a server still returns.
const WAYS: [(&str, u64); 5] = [
    ("match = \"a:*\"", 0),
    ("match = [\"a:*\", \"c:*\"]", 10),
    ("exclude = \"b:*\"", 10),
    ("types = [\"string\"]", 0),
    ("types = [\"string\", \"list\"]", 10),
];

fn two_kinds() -> Scene {
    let scene = Scene::new();
    let mut pipeline = Pipeline::new();
    for number in 0..10 {
        pipeline.add(words!["SET", format!("a:{number}"), "v"]);
        pipeline.add(words!["HSET", format!("b:{number}"), "f", "v"]);
    }
    scene.source.client().run_all(&pipeline);
    scene
}

#[test]
fn the_outcomes_are_the_same_wherever_keys_are_filtered() {
    let scene = two_kinds();
    scene.destination.run(words!["SET", "a:0", "theirs"]);
    for (lines, filtered) in WAYS {
        for sleep in ["0s", "1ms"] {
            scene.destination.run(words!["DEL", "a:1"]);
            for number in 2..10 {
                scene.destination.run(words!["DEL", format!("a:{number}")]);
            }
            let ran = scene.run_job(&format!("{lines}\nsleep = \"{sleep}\"")).exits(0);
            let ran = ran.outcomes_and_filtered("all", "copied 9, existing 1", filtered);
            assert_eq!(ran.count("all", "matched"), 10, "{lines}");
            assert_eq!(ran.count("all", "scanned"), 10 + filtered, "{lines}");
        }
    }
}

#[test]
fn only_the_program_filters_the_keys_of_a_file() {
    let scene = two_kinds();
    scene.save();
    for (lines, _) in WAYS {
        scene.destination.run(words!["FLUSHALL"]);
        let ran = scene.run_backup(lines).exits(0).outcomes_and_filtered("all", "copied 10", 10);
        assert_eq!(ran.count("all", "scanned"), 20, "{lines}");
    }
}

#[test]
fn a_dry_run_has_the_same_account() {
    let scene = two_kinds();
    scene.destination.run(words!["SET", "a:0", "theirs"]);
    for (lines, filtered) in WAYS {
        scene.job(lines);
        let ran = scene.run(&[&RUN[..], &["--dry-run"]].concat()).exits(0);
        ran.outcomes_and_filtered("all", "copied 9, existing 1", filtered);
    }
    assert_eq!(scene.destination.size(), 1);
}

#[test]
fn a_key_that_is_deleted_before_its_type_is_read_is_vanished() {
    let scene = two_kinds();
    let slow = Proxy::delayed(scene.source.port(), Duration::from_millis(150));
    scene.job("types = [\"string\", \"list\"]");
    let port = format!("source.port={}", slow.port());
    let mut running = scene.prepare(&[&RUN[..], &["--set", &port]].concat()).spawn();
    running.until("the keys are scanned", |scene| scene.source.succeeded("scan") > 0);
    for number in 0..10 {
        scene.source.run(words!["DEL", format!("a:{number}"), format!("b:{number}")]);
    }
    let ran = running.wait().exits(0).outcomes("all", "vanished 20");
    assert_eq!(ran.count("all", "matched"), 20);
}

#[test]
fn an_expired_key_of_a_file_that_the_job_does_not_match_is_filtered() {
    let scene = Scene::new();
    let file = RdbFile::new().strings(2).expiring(1).string("key:old", "v").expiring(1).string("other:old", "v");
    scene.backup(&file.finished());
    scene.run_backup("match = \"key:*\"").exits(0).outcomes_and_filtered("all", "copied 2, vanished 1", 1);
}

#[test]
fn keys_that_a_signal_leaves_behind_are_scanned_and_not_matched() {
    let scene = Scene::new();
    scene.source.fill(200);
    scene.job("scan_batch_size = 1000\npipeline_batch_size = 10\nsleep = \"100ms\"");
    let mut running = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143);
    let copied = scene.destination.size().unsigned_abs();
    let ran = ran.outcomes("all", &format!("copied {copied}"));
    assert_eq!(ran.count("all", "matched"), copied);
    assert!((copied..=200).contains(&ran.count("all", "scanned")), "{}", ran.report());
}

#[test]
fn the_summary_counts_matching_keys_and_not_the_walk() {
    let scene = two_kinds();
    scene.job("exclude = \"b:*\"");
    let ran = scene.run(&RUN).exits(0).row("all", &[("matched", "10"), ("copied", "10"), ("failed", "0")]);
    let header: Vec<&str> = ran.stdout.lines().next().expect("a header").split_whitespace().collect();
    // Columns that are zero in every job are left out.
    assert_eq!(header, ["job", "status", "matched", "copied", "bytes", "duration", "keys/s"]);
}

#[test]
fn the_totals_of_a_report_are_the_sum_of_its_jobs() {
    let scene = two_kinds();
    scene.file(
        "job.toml",
        "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n\
         [[job]]\nname = \"some\"\nexclude = \"b:*\"\n[[job]]\nname = \"all\"\n",
    );
    let ran = scene
        .run(&RUN)
        .exits(0)
        .row("total", &[("matched", "30"), ("copied", "20"), ("existing", "10"), ("failed", "0")]);
    let ran = ran.outcomes_and_filtered("some", "copied 10", 10).outcomes("all", "copied 10, existing 10");
    let report = ran.report();
    assert_valid(&report);
    let totals = &report["totals"]["outcomes"];
    let counts = ["matched", "copied", "replaced", "existing", "vanished", "failed"].map(|name| totals[name].as_u64());
    assert_eq!(counts, [30, 20, 0, 10, 0, 0].map(Some), "{totals}");
    assert_eq!(totals.as_object().map(serde_json::Map::len), Some(counts.len()), "{totals}");
}

#[test]
fn the_format_version_of_the_report_has_risen_and_warnings_are_in_it() {
    let scene = Scene::new();
    scene.source.fill(5);
    scene.destination.run(words!["CONFIG", "SET", "maxmemory", "100mb"]);
    scene.destination.run(words!["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let ran = scene.run_job("").exits(0).stderr_has("evicts keys");
    let report = ran.report();
    assert_valid(&report);
    assert_eq!(report["format_version"], 3);
    let warnings = report["warnings"].as_array().unwrap_or_else(|| panic!("no `warnings` in {report}"));
    let [warning] = &warnings[..] else { panic!("one warning, not {warnings:?}") };
    assert_eq!(warning["job"], "all");
    assert!(warning["message"].as_str().is_some_and(|message| message.contains("evicts keys")), "{warning}");
    let ran = scene.run_job("match = \"*\"").exits(0);
    assert_eq!(ran.job("all")["reasons"].as_array().map(Vec::len), Some(0), "a job that is done has no reasons");
}
