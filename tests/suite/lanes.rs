//! A walk in several lanes returns every key exactly once.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use crate::support::{Client, Kind, Monitor, Pipeline, Ran, Reply, Scene, Server, StopFlag, meanwhile, words};

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
fn names(server: &Server) -> BTreeSet<Vec<u8>> {
    server.run(words!["KEYS", "*"]).array().into_iter().map(Reply::bytes).collect()
}

/// Sends a command for each number, in pipelines.
fn for_each(client: &mut Client, numbers: std::ops::Range<usize>, command: impl Fn(usize) -> Vec<Vec<u8>>) {
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
    MatchingOneOfTwo,
    NotExcluded,
    OfType,
}

impl Selection {
    fn line(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Matching => "match = \"a:*\"",
            Self::MatchingOneOfTwo => "match = [\"a:*\", \"c:*\"]",
            Self::NotExcluded => "exclude = \"b:*\"",
            Self::OfType => "types = [\"string\"]",
        }
    }

    /// How many of the keys are copied, and how many are filtered.
    fn copied_and_filtered(self, keys: usize) -> [usize; 2] {
        match self {
            Self::All | Self::OfType => [keys, 0],
            Self::Matching => [keys.div_ceil(2), 0],
            Self::MatchingOneOfTwo | Self::NotExcluded => [keys.div_ceil(2), keys / 2],
        }
    }
}

fn walks() -> impl Strategy<Value = Walk> {
    use Selection::{All, Matching, MatchingOneOfTwo, NotExcluded, OfType};
    let keys = prop_oneof![Just(0_usize), Just(1), Just(3), Just(100), Just(5000), 0..300_usize, 0..5000_usize];
    let selection = prop::sample::select(vec![All, Matching, MatchingOneOfTwo, NotExcluded, OfType]);
    let batches = prop::sample::select(vec![1, 3, 10, 64, 100, 1000, 100_000]);
    (keys, 0..3_usize, prop::sample::select(&LANES[..]), batches, selection).prop_map(
        |(keys, deleted, lanes, scan_batch_size, selection)| Walk { keys, deleted, lanes, scan_batch_size, selection },
    )
}

/// Runs over a source without writes, and checks the whole result.
fn walk_quietly(scene: &Scene, walk: &Walk) {
    let mut client = scene.source.client();
    client.run(words!["FLUSHALL"]);
    scene.destination.run(words!["FLUSHALL"]);
    let prefix = |number: usize| if number.is_multiple_of(2) { 'a' } else { 'b' };
    for_each(&mut client, 0..walk.keys * walk.deleted, |number| words!["SET", format!("deleted:{number}"), "v"].into());
    for_each(&mut client, 0..walk.keys, |number| words!["SET", format!("{}:{number}", prefix(number)), number].into());
    for_each(&mut client, 0..walk.keys * walk.deleted, |number| words!["DEL", format!("deleted:{number}")].into());

    let Walk { lanes, scan_batch_size, selection, .. } = walk;
    let ran =
        scene.run_job(&format!("lanes = {lanes}\nscan_batch_size = {scan_batch_size}\n{}", selection.line())).exits(0);
    let [copied, filtered] = selection.copied_and_filtered(walk.keys);
    let outcomes = if copied == 0 { String::new() } else { format!("copied {copied}") };
    ran.outcomes_and_filtered("all", &outcomes, filtered as u64);
    let mut expected = names(&scene.source);
    if !matches!(selection, Selection::All | Selection::OfType) {
        expected.retain(|name| name.starts_with(b"a:"));
    }
    assert_eq!(names(&scene.destination), expected);
}

fn returns_each_key_once(kind: Kind) {
    let scene = Scene::between(kind, kind);
    holds(12, &walks(), |walk| walk_quietly(&scene, &walk));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_redis_6_2_once() {
    returns_each_key_once(Kind::Redis62);
}

#[test]
fn any_number_of_lanes_returns_each_key_of_redis_7_0_once() {
    returns_each_key_once(Kind::Redis70);
}

#[test]
fn any_number_of_lanes_returns_each_key_of_redis_8_2_once() {
    returns_each_key_once(Kind::Redis82);
}

#[test]
fn any_number_of_lanes_returns_each_key_of_valkey_9_1_once() {
    returns_each_key_once(Kind::Valkey91);
}

/// Keys that exist during the whole walk, and keys that are added and deleted.
const STAYING: usize = 2000;
const PASSING: usize = 20_000;

/// Adds and deletes keys until `stop` is set. Returns the sizes of the source's table, in order.
fn churn(mut client: Client, stop: &StopFlag) -> Vec<u64> {
    let mut sizes = tables(&mut client);
    while !stop.is_set() {
        for command in ["SET", "DEL"] {
            for_each(&mut client, 0..PASSING, |number| {
                let mut words = vec![command.into(), format!("passing:{number}").into_bytes()];
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

/// Runs while the source grows to five times its size and shrinks again.
fn walk_through_rehashes(scene: &Scene, lanes: u32, scan_batch_size: u32) {
    let mut client = scene.source.client();
    client.run(words!["FLUSHALL"]);
    scene.destination.run(words!["FLUSHALL"]);
    for_each(&mut client, 0..STAYING, |number| words!["SET", format!("staying:{number}"), number].into());
    let job = format!("lanes = {lanes}\nscan_batch_size = {scan_batch_size}\nmax_keys_per_second = 2000");
    let (sizes, ran) = meanwhile(move |ended| churn(client, ended), || scene.run_job(&job).exits(0));
    let rehashes = sizes.windows(2).filter(|pair| pair[1] >= 2 * pair[0] || pair[0] >= 2 * pair[1]).count();
    assert!(rehashes >= 3 && !sizes.is_sorted(), "the table did not grow and shrink: {sizes:?}");
    accounts_for_all(&ran, scene);
    let staying = (0..STAYING).map(|number| format!("staying:{number}").into_bytes());
    let arrived = names(&scene.destination);
    let missing: Vec<_> = staying.filter(|name| !arrived.contains(name)).map(String::from_utf8).collect();
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

fn finds_all_that_stay(kind: Kind) {
    let scene = Scene::between(kind, kind);
    let batches = prop::sample::select(vec![5_u32, 10, 50]);
    let lanes = prop::sample::select(&LANES[1..]);
    holds(2, &(lanes, batches), |(lanes, batch)| walk_through_rehashes(&scene, lanes, batch));
}

#[test]
fn keys_of_redis_6_2_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(Kind::Redis62);
}

#[test]
fn keys_of_redis_7_0_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(Kind::Redis70);
}

#[test]
fn keys_of_redis_8_2_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(Kind::Redis82);
}

#[test]
fn keys_of_valkey_9_1_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(Kind::Valkey91);
}

/// A cluster of one server, which has all slots.
fn cluster(kind: Kind) -> Server {
    // The port for other nodes. By default it is the server's port plus 10 000, which may be too large.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port().to_string();
    drop(listener);
    let server = Server::with(kind, &["--cluster-enabled", "yes", "--cluster-port", &port]);
    let mut client = server.client();
    client.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !client.run(words!["CLUSTER", "INFO"]).text().contains("cluster_state:ok") {
        assert!(Instant::now() < deadline, "the cluster is not ready:\n{}", server.log());
        thread::sleep(Duration::from_millis(20));
    }
    server
}

/// Runs over a node of a cluster with 16 lanes, and returns whether it was walked in several lanes.
fn walks_a_cluster_in_lanes(kind: Kind) -> bool {
    let scene = Scene::of(cluster(kind), Server::start(kind));
    for_each(&mut scene.source.client(), 0..5000, |number| words!["SET", format!("key:{number}"), "v"].into());
    let monitor = Monitor::of(&scene.source);
    let ran = scene.run_job("lanes = 16\nscan_batch_size = 50").exits(0).outcomes("all", "copied 5000");
    ran.stderr_has("is one node of a cluster").stderr_lacks("backwards");
    assert_eq!(names(&scene.destination), names(&scene.source));
    // The second lane starts at the cursor 8, which a single lane never uses.
    monitor.scans()[1].words[1] == "8"
}

#[test]
fn a_node_of_a_cluster_of_redis_7_0_is_walked_in_lanes_each_key_once() {
    assert!(walks_a_cluster_in_lanes(Kind::Redis70));
}

#[test]
fn a_node_of_a_cluster_of_redis_8_2_is_walked_in_one_lane_each_key_once() {
    assert!(!walks_a_cluster_in_lanes(Kind::Redis82));
}

#[test]
fn a_node_of_a_cluster_of_valkey_9_1_is_walked_in_one_lane_each_key_once() {
    assert!(!walks_a_cluster_in_lanes(Kind::Valkey91));
}
