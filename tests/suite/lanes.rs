//! A walk in several lanes returns every key exactly once.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use crate::support::{Client, Kind, Pipeline, Ran, Reply, Scene, Server, StopFlag, meanwhile, words};

/// The values of `lanes`.
const LANES: [u32; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The number of cases: `few`, or the value of `MIGRATOR_TEST_CASES`.
pub fn cases(few: u32) -> u32 {
    std::env::var("MIGRATOR_TEST_CASES").map_or(few, |cases| cases.parse().expect("a number of cases"))
}

/// Checks a property for many cases, and reports the smallest case for which it does not hold.
#[track_caller]
pub fn holds<S: Strategy>(few: u32, strategy: &S, mut property: impl FnMut(S::Value))
where
    S::Value: Clone,
{
    // A case is a run of the binary, so shrinking tries only a few.
    let config = Config { cases: cases(few), max_shrink_iters: 20, failure_persistence: None, ..Config::default() };
    let property = std::cell::RefCell::new(&mut property);
    let held = TestRunner::new(config).run(strategy, |case| {
        (property.borrow_mut())(case);
        Ok(())
    });
    match held {
        Err(TestError::Fail(why, case)) => panic!("{why}\ndoes not hold for {case:?}"),
        other => other.expect("cases can be made"),
    }
}

/// The names of all keys of a server.
pub fn names(server: &Server) -> BTreeSet<Vec<u8>> {
    server.run(words!["KEYS", "*"]).array().into_iter().map(Reply::bytes).collect()
}

/// Sends a command for each number, in pipelines.
pub fn for_each(client: &mut Client, numbers: std::ops::Range<usize>, command: impl Fn(usize) -> Vec<Vec<u8>>) {
    let numbers: Vec<usize> = numbers.collect();
    for some in numbers.chunks(1000) {
        let mut pipeline = Pipeline::new();
        for &number in some {
            pipeline.add(command(number));
        }
        client.run_all(&pipeline);
    }
}

/// The sizes of the tables that hold a server's keys: two while it is rehashing.
fn tables(client: &mut Client) -> Vec<u64> {
    let stats = client.run(words!["DEBUG", "HTSTATS", 0]).text();
    let keys = stats.split("[Expires HT]").next().expect("a first part");
    keys.lines().filter_map(|line| line.trim().strip_prefix("table size: ")?.parse().ok()).collect()
}

/// Keys of a source, and how it is walked.
#[derive(Clone, Debug)]
struct Walk {
    keys: usize,
    /// How many hash tags they have: in a cluster, at most so many slots have keys.
    tags: usize,
    /// For each key, how many others were deleted before. They made the table larger.
    deleted: usize,
    lanes: u32,
    scan_batch_size: u32,
    selection: Selection,
}

/// Which keys match. Half of them are called `a:…`, half `b:…`.
#[derive(Clone, Copy, Debug)]
enum Selection {
    All,
    Matching,
    MatchingOneTag,
    MatchingOneOfTwo,
    NotExcluded,
    OfType,
}

impl Selection {
    fn line(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Matching => "match = \"a:*\"",
            Self::MatchingOneTag => "match = \"a:{0}:*\"",
            Self::MatchingOneOfTwo => "match = [\"a:*\", \"c:*\"]",
            Self::NotExcluded => "exclude = \"b:*\"",
            Self::OfType => "types = [\"string\"]",
        }
    }

    fn has(self, name: &[u8]) -> bool {
        match self {
            Self::All | Self::OfType => true,
            Self::Matching | Self::MatchingOneOfTwo | Self::NotExcluded => name.starts_with(b"a:"),
            Self::MatchingOneTag => name.starts_with(b"a:{0}:"),
        }
    }

    /// Whether keys that do not match are returned by the source, and counted as filtered.
    fn filters(self) -> bool {
        matches!(self, Self::MatchingOneOfTwo | Self::NotExcluded)
    }
}

fn walks() -> impl Strategy<Value = Walk> {
    use Selection::{All, Matching, MatchingOneOfTwo, MatchingOneTag, NotExcluded, OfType};
    let keys = prop_oneof![Just(0_usize), Just(1), Just(3), Just(100), Just(5000), 0..300_usize, 0..5000_usize];
    let tags = prop::sample::select(vec![1, 7, 5000]);
    let selections = vec![All, Matching, MatchingOneTag, MatchingOneOfTwo, NotExcluded, OfType];
    let batches = prop::sample::select(vec![1, 3, 10, 64, 100, 1000, 100_000]);
    let (lanes, selection) = (prop::sample::select(&LANES[..]), prop::sample::select(selections));
    (keys, tags, 0..3_usize, lanes, batches, selection).prop_map(
        |(keys, tags, deleted, lanes, scan_batch_size, selection)| Walk {
            keys,
            tags,
            deleted,
            lanes,
            scan_batch_size,
            selection,
        },
    )
}

/// Runs over a source without writes, and checks the whole result.
fn walk_quietly(scene: &Scene, walk: &Walk) {
    let Walk { keys, tags, deleted, lanes, scan_batch_size, selection } = walk;
    let mut client = scene.source.client();
    client.run(words!["FLUSHALL"]);
    scene.destination.run(words!["FLUSHALL"]);
    let prefix = |number: usize| if number.is_multiple_of(2) { 'a' } else { 'b' };
    let name = |number: usize| format!("{}:{{{}}}:{number}", prefix(number), number / 2 % tags);
    let passing = |number: usize| format!("deleted:{{{}}}:{number}", number % tags);
    for_each(&mut client, 0..keys * deleted, |number| words!["SET", passing(number), "v"].into());
    for_each(&mut client, 0..*keys, |number| words!["SET", name(number), number].into());
    for_each(&mut client, 0..keys * deleted, |number| words!["DEL", passing(number)].into());

    let lines = format!("lanes = {lanes}\nscan_batch_size = {scan_batch_size}\n{}", selection.line());
    let ran = scene.run_job(&lines).exits(0);
    let mut expected = names(&scene.source);
    expected.retain(|name| selection.has(name));
    let copied = if expected.is_empty() { String::new() } else { format!("copied {}", expected.len()) };
    let filtered = if selection.filters() { keys - expected.len() } else { 0 };
    ran.outcomes_and_filtered("all", &copied, filtered as u64);
    assert_eq!(names(&scene.destination), expected);
}

pub fn returns_each_key_once(scene: &Scene) {
    holds(12, &walks(), |walk| walk_quietly(scene, &walk));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_redis_6_2_once() {
    returns_each_key_once(&Scene::between(Kind::Redis62, Kind::Redis62));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_redis_7_0_once() {
    returns_each_key_once(&Scene::between(Kind::Redis70, Kind::Redis70));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_redis_8_2_once() {
    returns_each_key_once(&Scene::between(Kind::Redis82, Kind::Redis82));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_valkey_9_1_once() {
    returns_each_key_once(&Scene::between(Kind::Valkey91, Kind::Valkey91));
}

/// Keys that exist during the whole walk, and keys that are added and deleted.
const STAYING: usize = 2000;
const PASSING: usize = 20_000;

/// The hash tags of these keys: in a cluster, the tables of so many slots grow and shrink.
const TAGS: usize = 32;

fn staying(number: usize) -> String {
    format!("staying:{{{}}}:{number}", number % TAGS)
}

/// Adds and deletes keys until `stop` is set. Returns the sizes of the source's tables, in order: of a cluster's node, the
/// sum over its slots.
fn churn(mut client: Client, stop: &StopFlag) -> Vec<u64> {
    let mut sizes = tables(&mut client);
    while !stop.is_set() {
        for command in ["SET", "DEL"] {
            for_each(&mut client, 0..PASSING, |number| {
                let mut words = vec![command.into(), format!("passing:{{{}}}:{number}", number % TAGS).into_bytes()];
                words.extend((command == "SET").then(|| b"v".to_vec()));
                words
            });
            // Most servers shrink their tables when they have nothing else to do.
            let deadline = Instant::now() + Duration::from_millis(150);
            while Instant::now() < deadline && !stop.is_set() {
                sizes.extend(tables(&mut client));
                sizes.dedup();
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
    sizes
}

/// Runs while the source grows to eleven times its size and shrinks again.
fn walk_through_rehashes(scene: &Scene, lanes: u32, scan_batch_size: u32) {
    let mut client = scene.source.client();
    client.run(words!["FLUSHALL"]);
    scene.destination.run(words!["FLUSHALL"]);
    for_each(&mut client, 0..STAYING, |number| words!["SET", staying(number), number].into());
    let job = format!("lanes = {lanes}\nscan_batch_size = {scan_batch_size}\nmax_keys_per_second = 2000");
    let (sizes, ran) = meanwhile(move |ended| churn(client, ended), || scene.run_job(&job).exits(0));
    let rehashes = sizes.windows(2).filter(|pair| pair[1] >= 2 * pair[0] || pair[0] >= 2 * pair[1]).count();
    assert!(rehashes >= 3 && !sizes.is_sorted(), "the table did not grow and shrink: {sizes:?}");
    accounts_for_all(&ran, scene);
    let arrived = names(&scene.destination);
    let all = (0..STAYING).map(|number| staying(number).into_bytes());
    let missing: Vec<_> = all.filter(|name| !arrived.contains(name)).map(String::from_utf8).collect();
    assert!(missing.is_empty(), "{} keys are missing: {missing:?}; tables {sizes:?}", missing.len());
}

/// Fails unless the account is right although keys were added and deleted.
#[track_caller]
fn accounts_for_all(ran: &Ran, scene: &Scene) {
    ran.assert_account("all");
    let [matched, copied, existing, vanished] =
        ["matched", "copied", "existing", "vanished"].map(|outcome| ran.count("all", outcome));
    assert_eq!(matched, copied + existing + vanished, "{}", ran.report());
    assert_eq!(copied, u64::try_from(scene.destination.size()).expect("a count"));
}

pub fn finds_all_that_stay(scene: &Scene) {
    let batches = prop::sample::select(vec![5_u32, 10, 50]);
    let lanes = prop::sample::select(&LANES[1..]);
    holds(2, &(lanes, batches), |(lanes, batch)| walk_through_rehashes(scene, lanes, batch));
}

#[test]
fn keys_of_redis_6_2_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(&Scene::between(Kind::Redis62, Kind::Redis62));
}

#[test]
fn keys_of_redis_7_0_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(&Scene::between(Kind::Redis70, Kind::Redis70));
}

#[test]
fn keys_of_redis_8_2_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(&Scene::between(Kind::Redis82, Kind::Redis82));
}

#[test]
fn keys_of_valkey_9_1_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(&Scene::between(Kind::Valkey91, Kind::Valkey91));
}
