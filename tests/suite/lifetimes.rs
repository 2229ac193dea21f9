//! `min_ttl` and `max_ttl`: keys are selected by their expiry.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Kind, Pipeline, Proxy, Ran, Scene, Server, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const DRY_RUN: [&str; 5] = ["run", "job.toml", "--report", "report.json", "--dry-run"];
/// Keys with so many seconds to live; 0 is no expiry.
const KEYS: [(&str, u64); 4] = [("minutes", 120), ("hours", 7200), ("days", 200_000), ("forever", 0)];

fn set(pipeline: &mut Pipeline, key: &str, seconds: u64) {
    match seconds {
        0 => pipeline.add(words!["SET", key, key]),
        seconds => pipeline.add(words!["SET", key, key, "EX", seconds]),
    }
}

fn scene(kind: Kind) -> Scene {
    let scene = Scene::between(kind, Kind::Redis70);
    let mut pipeline = Pipeline::new();
    for (key, seconds) in KEYS {
        set(&mut pipeline, key, seconds);
    }
    scene.source.client().run_all(&pipeline);
    scene
}

/// What each bound leaves of the four keys.
fn cases() -> [(&'static str, &'static [&'static str]); 5] {
    [
        ("min_ttl = \"1h\"", &["days", "forever", "hours"]),
        ("max_ttl = \"1d\"", &["hours", "minutes"]),
        ("min_ttl = \"1h\"\nmax_ttl = \"1d\"", &["hours"]),
        ("min_ttl = \"0s\"", &["days", "forever", "hours", "minutes"]),
        ("max_ttl = \"365d\"\ntypes = [\"string\", \"hash\"]", &["days", "hours", "minutes"]),
    ]
}

/// Runs the job of `job.toml` dry and wet. Fails unless both have this account, and the run moves these keys.
#[track_caller]
fn moves(scene: &Scene, expected: &[&str]) -> Ran {
    let (count, filtered) = (expected.len(), (KEYS.len() - expected.len()) as u64);
    scene.destination.run(words!["FLUSHALL"]);
    scene.run(&DRY_RUN).exits(0).outcomes_and_filtered("all", &format!("copied {count}"), filtered);
    let ran = scene.run(&RUN).exits(0).outcomes_and_filtered("all", &format!("copied {count}"), filtered);
    assert_eq!(scene.destination.reading().names(), expected);
    ran
}

#[test]
fn bounds_select_keys_by_the_time_that_they_have_left() {
    for kind in [Kind::Redis62, Kind::Valkey91] {
        let scene = scene(kind);
        for (lines, expected) in cases() {
            scene.job(lines);
            moves(&scene, expected);
            // The keys that do not match are not existing, although the destination has them.
            scene.run_job("").exits(0);
            let (count, filtered) = (expected.len(), (KEYS.len() - expected.len()) as u64);
            scene.job(lines);
            for command in [&RUN[..], &DRY_RUN] {
                let ran = scene.run(command).exits(0);
                ran.outcomes_and_filtered("all", &format!("existing {count}"), filtered);
            }
        }
    }
}

#[test]
fn a_file_is_selected_by_the_destinations_clock() {
    let scene = scene(Kind::Redis70);
    scene.save();
    for (lines, expected) in cases() {
        scene.backup_job(lines);
        moves(&scene, expected);
        let (count, filtered) = (expected.len(), (KEYS.len() - expected.len()) as u64);
        let ran = scene.run(&RUN).exits(0);
        ran.outcomes_and_filtered("all", &format!("existing {count}"), filtered);
    }
}

#[test]
fn bounds_are_in_the_report_as_in_the_job() {
    let scene = scene(Kind::Redis70);
    scene.job("min_ttl = \"90m\"");
    let job = moves(&scene, &["days", "forever", "hours"]).job("all");
    assert_eq!(job["configuration"]["min_ttl"], "1h 30m");
    assert_eq!(job["configuration"]["max_ttl"], serde_json::Value::Null);
}

#[test]
fn the_expiry_that_was_read_with_the_value_decides() {
    let scene = scene(Kind::Redis70);
    let slow = Proxy::delayed(scene.source.port(), Duration::from_millis(200));
    scene.job("max_ttl = \"1d\"");
    let port = format!("source.port={}", slow.port());
    let mut running = scene.prepare_job(&[port]).spawn();
    running.until("the expiries are requested", |scene| scene.source.succeeded("pexpiretime") >= 4);
    scene.source.run(words!["PERSIST", "hours"]);
    running.wait().exits(0).outcomes_and_filtered("all", "copied 1", 3);
    assert_eq!(scene.destination.reading().names(), ["minutes"]);
}

#[test]
fn a_job_whose_bounds_leave_no_key_reports_it() {
    let scene = scene(Kind::Redis70);
    let ran = scene.run_job("max_ttl = \"1s\"\nmin_keys = 1").exits(1);
    assert_eq!(ran.status_of("all"), "too-few");
    ran.stderr_has("no key matched: `match` selects 4 keys, but `max_ttl` (1s) leaves none");
    let ran = scene.run_job("min_ttl = \"3h\"\nmax_ttl = \"4h\"").exits(0);
    ran.stderr_has("no key matched: `match` selects 4 keys, but `min_ttl` (3h) and `max_ttl` (4h) leave none");
}

#[test]
fn a_minimum_above_the_maximum_is_refused() {
    let scene = Scene::new();
    let ran = scene.run_job("min_ttl = \"2h\"\nmax_ttl = \"90m\"").exits(2);
    ran.errors_and_warnings(&[&["job.toml:6: job `all`: `min_ttl` is 2h, but `max_ttl` is 1h 30m: no key can match"]]);
    let scene = self::scene(Kind::Redis70);
    scene.run_job("min_ttl = \"2h\"\nmax_ttl = \"2h\"").exits(0).outcomes_and_filtered("all", "", 4);
}

#[test]
fn a_key_that_is_gone_before_its_expiry_is_known_is_vanished() {
    let scene = scene(Kind::Redis70);
    let slow = Proxy::delayed(scene.source.port(), Duration::from_millis(150));
    scene.job("min_ttl = \"1h\"");
    let mut running = scene.prepare_job(&[format!("source.port={}", slow.port())]).spawn();
    running.until("the keys are scanned", |scene| scene.source.succeeded("scan") > 0);
    scene.source.run(words!["DEL", "minutes", "hours", "days", "forever"]);
    running.wait().exits(0).outcomes("all", "vanished 4");
}

/// A job with a prefix, bounds and keys; whether the destination has a key by its new name.
#[derive(Clone, Debug)]
struct Case {
    strip: &'static str,
    add: &'static str,
    /// In seconds.
    min: Option<u64>,
    max: Option<u64>,
    replace: bool,
    /// The seconds to live, and whether the new name exists.
    keys: BTreeMap<String, (u64, bool)>,
}

fn case() -> impl Strategy<Value = Case> {
    // All seconds are far from each other, so that the time that a run takes does not matter.
    let (live, bound) =
        (prop::sample::select(vec![0, 600, 7200, 90_000]), prop::sample::select(vec![3600_u64, 40_000]));
    let keys = prop::collection::btree_map("[ab]{1,2}:?[ab*]{0,5}", (live, any::<bool>()), 1..400);
    let strip = prop::sample::select(vec!["", "a", "a:", "b", "ab:"]);
    let add = prop::sample::select(vec!["", "a", "b", "new:"]);
    let bounds = (prop::option::of(bound.clone()), prop::option::of(bound)).prop_map(|(min, max)| match (min, max) {
        (Some(min), Some(max)) => (Some(min.min(max)), Some(min.max(max))),
        other => other,
    });
    (strip, add, bounds, any::<bool>(), keys).prop_map(|(strip, add, (min, max), replace, keys)| Case {
        strip,
        add,
        min,
        max,
        replace,
        keys,
    })
}

impl Case {
    fn lines(&self) -> String {
        let bound =
            |name: &str, seconds: Option<u64>| seconds.map_or(String::new(), |it| format!("{name} = \"{it}s\"\n"));
        let replace = if self.replace { "on_existing = \"replace\"\n" } else { "" };
        format!(
            "match = [\"{0}*\", \"{0}b\"]\nrename = {{ strip_prefix = \"{0}\", add_prefix = \"{1}\" }}\n{2}{3}{replace}",
            self.strip,
            self.add,
            bound("min_ttl", self.min),
            bound("max_ttl", self.max)
        )
    }

    fn new_name(&self, key: &str) -> Option<String> {
        key.strip_prefix(self.strip).map(|rest| format!("{}{rest}", self.add))
    }

    fn matches(&self, seconds: u64) -> bool {
        let is_late = self.min.is_none_or(|min| seconds == 0 || seconds >= min);
        let is_soon = self.max.is_none_or(|max| seconds != 0 && seconds <= max);
        is_late && is_soon
    }

    /// Fills both servers. Returns the values that the destination must have in the end, and the account.
    fn fill(&self, source: &Server, destination: &Server) -> (BTreeMap<String, String>, String, u64) {
        let (mut at_source, mut at_destination) = (Pipeline::new(), Pipeline::new());
        for server in [source, destination] {
            server.run(words!["FLUSHALL"]);
        }
        let (mut expected, mut copied, mut there) = (BTreeMap::new(), 0, 0);
        for (key, (seconds, exists)) in &self.keys {
            set(&mut at_source, key, *seconds);
            let Some(name) = self.new_name(key) else { continue };
            if *exists {
                at_destination.add(words!["SET", name, "there"]);
                expected.insert(name.clone(), "there".to_owned());
            }
            if self.matches(*seconds) {
                *if *exists { &mut there } else { &mut copied } += 1;
                if self.replace || !*exists {
                    expected.insert(name, key.clone());
                }
            }
        }
        source.client().run_all(&at_source);
        destination.client().run_all(&at_destination);
        let outcome = if self.replace { "replaced" } else { "existing" };
        let outcomes = [("copied", copied), (outcome, there)].into_iter().filter(|(_, keys)| *keys > 0);
        let account = outcomes.map(|(name, keys)| format!("{name} {keys}")).collect::<Vec<_>>().join(", ");
        (expected, account, self.keys.len() as u64 - copied - there)
    }
}

#[test]
fn prefixes_and_bounds_follow_the_model() {
    let cases = std::env::var("MIGRATOR_TEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let kinds = [(Kind::Redis62, Kind::Valkey91), (Kind::Redis82, Kind::Redis70)];
    for (from, to) in kinds {
        let scene = Scene::between(from, to);
        let mut runner =
            TestRunner::new(Config { cases, max_shrink_iters: 50, failure_persistence: None, ..Config::default() });
        let follows = |case: Case| {
            let (expected, account, filtered) = case.fill(&scene.source, &scene.destination);
            scene.job(&case.lines());
            for command in [&DRY_RUN[..], &RUN] {
                scene.run(command).exits(0).outcomes_and_filtered("all", &account, filtered);
            }
            let mut client = scene.destination.client();
            for (name, value) in &expected {
                prop_assert_eq!(&client.run(words!["GET", name]).text(), value, "{}", name);
            }
            prop_assert_eq!(scene.destination.size(), i64::try_from(expected.len()).expect("it is small"));
            Ok(())
        };
        if let Err(failure) = runner.run(&case(), follows) {
            panic!("{from:?} to {to:?}: {failure}");
        }
    }
}
