//! Jobs that share a walk: the destination and the account of each job are the same as if they had run one after another.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::support::{Pipeline, Ran, Scene, differences, poison, words};

/// Names that the patterns below select in many combinations.
const NAMES: [&str; 12] = ["a", "a:1", "a:2", "ab:1", "ab:2", "b", "b:1", "b:2", "bc:1", "c:1", "c:2", "d:1"];
const PATTERNS: [&str; 8] = ["*", "a*", "ab:*", "b:*", "*1", "*:2", "[a-c]*", "d:*"];

/// What a key of the source is.
#[derive(Clone, Copy, Debug)]
enum Held {
    Text,
    Hash,
    /// A hash that the destination refuses.
    Poison,
}

/// One job: its patterns and its own policies.
#[derive(Clone, Debug)]
struct Part {
    patterns: Vec<&'static str>,
    exclude: Option<&'static str>,
    replaces: bool,
    types: bool,
    max_ttl: bool,
    min_keys: Option<u64>,
}

#[derive(Clone, Debug)]
struct Case {
    keys: Vec<(&'static str, Held, bool)>,
    /// Keys that the destination has before.
    existing: Vec<&'static str>,
    jobs: Vec<Part>,
    pace: &'static str,
}

fn part() -> impl Strategy<Value = Part> {
    let patterns = prop::sample::subsequence(PATTERNS.to_vec(), 1..3);
    let exclude = prop::option::weighted(0.3, prop::sample::select(PATTERNS[2..].to_vec()));
    let flags = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (patterns, exclude, flags, prop::option::weighted(0.2, 1..6_u64)).prop_map(
        |(patterns, exclude, (replaces, types, max_ttl), min_keys)| Part {
            patterns,
            exclude,
            replaces,
            types,
            max_ttl,
            min_keys,
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let held = prop_oneof![4 => Just(Held::Text), 2 => Just(Held::Hash), 1 => Just(Held::Poison)];
    let keys = prop::collection::vec((held, any::<bool>()), NAMES.len());
    let pace = prop::sample::select(vec![
        "sleep = \"0s\"",
        "sleep = \"0s\"\npipeline_batch_size = 2\nscan_batch_size = 3",
        "sleep = \"1ms\"\npipeline_batch_size = 2\nmax_processed_existing_keys = 2",
        "sleep = \"1ms\"",
    ]);
    let (present, existing) =
        (prop::sample::subsequence(NAMES.to_vec(), 0..=12), prop::sample::subsequence(NAMES.to_vec(), 0..6));
    (present, keys, existing, prop::collection::vec(part(), 2..5), pace).prop_map(
        |(present, keys, existing, jobs, pace)| {
            let keys = present.into_iter().zip(keys).map(|(name, (held, expires))| (name, held, expires)).collect();
            Case { keys, existing, jobs, pace }
        },
    )
}

fn jobs_file(Case { jobs, pace, .. }: &Case) -> String {
    let job = |(number, job): (usize, &Part)| {
        let mut lines = format!("match = {:?}\n", job.patterns);
        let mut add = |is_set: bool, line: &str| {
            if is_set {
                lines.push_str(line);
                lines.push('\n');
            }
        };
        add(job.exclude.is_some(), &format!("exclude = {:?}", job.exclude.unwrap_or_default()));
        add(job.replaces, "on_existing = \"replace\"");
        add(job.types, "types = [\"hash\"]");
        add(job.max_ttl, "max_ttl = \"1h\"");
        add(job.min_keys.is_some(), &format!("min_keys = {}", job.min_keys.unwrap_or_default()));
        format!(
            "[[job]]\nname = \"job{number}\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\n\
             error_log.path = \"errors{number}.log\"\n{pace}\n{lines}\n"
        )
    };
    jobs.iter().enumerate().map(job).collect()
}

/// Fills the source with the keys of a case.
fn fill_source(scene: &Scene, case: &Case) {
    scene.source.run(words!["FLUSHALL"]);
    poison(&scene.source, "original");
    let mut pipeline = Pipeline::new();
    for (name, held, expires) in &case.keys {
        match held {
            Held::Text => pipeline.add(words!["SET", name, format!("source {name}")]),
            Held::Hash => pipeline.add(words!["HSET", name, "field", name]),
            Held::Poison => pipeline.add(words!["COPY", "original", name]),
        }
        if *expires {
            pipeline.add(words!["PEXPIREAT", name, 4_000_000_000_000_u64]);
        }
    }
    pipeline.add(words!["DEL", "original"]);
    scene.source.client().run_all(&pipeline);
}

fn fill_destination(scene: &Scene, case: &Case) {
    scene.destination.run(words!["FLUSHALL"]);
    for name in &case.existing {
        scene.destination.run(words!["SET", name, "destination"]);
    }
}

/// What is compared of each job: parts of the report, and its error log without times.
fn accounts(scene: &Scene, ran: &Ran, case: &Case) -> Vec<(Vec<Value>, Vec<String>)> {
    let account = |number: usize| {
        let (name, report) = (format!("job{number}"), ran.job(&format!("job{number}")));
        ran.assert_account(&name);
        let parts = ["status", "reasons", "outcomes", "by_type", "bytes", "payloads"].map(|part| report[part].clone());
        let log = std::fs::read_to_string(scene.folder().join(format!("errors{number}.log"))).unwrap_or_default();
        let mut lines: Vec<String> =
            log.lines().filter_map(|line| line.split_once(' ')).map(|(_, rest)| rest.to_owned()).collect();
        lines.sort();
        (parts.to_vec(), lines)
    };
    (0..case.jobs.len()).map(account).collect()
}

#[test]
fn a_shared_walk_has_the_same_results_as_one_walk_for_each_job() {
    let scene = Scene::careful();
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let result = runner.run(&case(), |case| {
        fill_source(&scene, &case);
        scene.file("jobs.toml", &jobs_file(&case));
        let run = |share: &str, more: &[&str]| {
            fill_destination(&scene, &case);
            let scans = scene.source.calls("scan");
            let share = format!("share_walk={share}");
            let ran = scene.run(&[&["run", "jobs.toml", "--report", "report.json", "--set", &share], more].concat());
            let accounts = (ran.code(), accounts(&scene, &ran, &case));
            (accounts, scene.destination.reading(), scene.source.calls("scan") - scans)
        };
        let ((alone, expected, scans), (shared, found, fewer)) = (run("false", &[]), run("true", &[]));
        prop_assert_eq!(&shared, &alone);
        prop_assert_eq!(differences(&expected, &found, 0), Vec::<String>::new());
        prop_assert!(case.keys.is_empty() || fewer < scans, "{} {}", fewer, scans);
        let (alone, shared) = (run("false", &["--dry-run"]).0, run("true", &["--dry-run"]).0);
        prop_assert_eq!(shared, alone);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
