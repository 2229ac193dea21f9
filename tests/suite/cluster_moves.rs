//! Slots that move and masters that are replaced while a job runs.

use std::thread;
use std::time::Duration;

use crate::support::cluster::until;
use crate::support::{
    Cluster, Dataset, Kind, Move, Pipeline, Ran, Random, Reading, Running, Scene, at_once, differences, meanwhile,
    words,
};

const MIXED: u64 = 1500;
/// Slots with many keys, and how many each has.
const TAGS: u64 = 60;
const OF_TAG: u64 = 25;
pub const KEYS: u64 = MIXED + TAGS * OF_TAG;
const MODES: [&str; 4] = ["", "sleep = \"20ms\"", "lanes = 4", "on_existing = \"replace\""];

/// Each number gives other moves. `MIGRATOR_TEST_FAULTS=20` is a full test; `MIGRATOR_TEST_SEED` is the first number.
pub fn seeds() -> Vec<u64> {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
    };
    let first = number("MIGRATOR_TEST_SEED", 0);
    (first..first + number("MIGRATOR_TEST_FAULTS", 2)).collect()
}

/// A server with the keys of a seed, an empty one, and job files.
pub struct Setup {
    pub scene: Scene,
    random: Random,
    /// Servers move a key with the time that is left, so its expiry comes later by the duration of each move, in ms.
    pub tolerance: u64,
    about: String,
}

fn tagged(number: u64) -> String {
    format!("{{tag{}}}:{number}", number % TAGS)
}

impl Setup {
    pub fn new(kind: Kind, how: Move, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let scene = Scene::between(kind, kind);
        Dataset::mixed(MIXED).seeded(random.next()).fill(&mut scene.source.client());
        let mut pipeline = Pipeline::new();
        for number in 0..TAGS * OF_TAG {
            pipeline.add(words!["SET", tagged(number), random.bytes(100)]);
        }
        scene.source.client().run_all(&pipeline);
        let mode = *random.pick(&MODES);
        scene.job(&format!("max_keys_per_second = 1500\nscan_batch_size = 50\npipeline_batch_size = 50\n{mode}"));
        let tolerance = if how == Move::Legacy { 100 } else { 0 };
        Self { scene, random, tolerance, about: format!("{}, seed {seed}, {mode}", kind.name()) }
    }

    /// Sets when the keys of these slots expire.
    pub fn expire_tagged(&self) {
        let mut pipeline = Pipeline::new();
        for number in 0..TAGS * OF_TAG {
            pipeline.add(words!["PEXPIRE", tagged(number), 3_600_000 + number]);
        }
        self.scene.source.client().run_all(&pipeline);
    }

    /// The slots with many keys.
    pub fn slots(cluster: &Cluster) -> Vec<u16> {
        (0..TAGS).map(|tag| cluster.slot(format!("{{tag{tag}}}"))).collect()
    }

    pub fn spawn(&self, clusters: &[(&str, &Cluster)]) -> Running<'_> {
        let settings: Vec<String> = clusters.iter().map(|(side, cluster)| cluster.setting(side)).collect();
        self.scene.prepare_job(&settings).spawn()
    }

    /// Checks that everything is there, and that the sums are exact. A key that came twice is `existing`, or replaced.
    pub fn check(&self, ran: &Ran, source: &Reading, destination: &Reading) {
        let about = format!("{}\n{}\n{}", self.about, ran.stderr, ran.stdout);
        assert_eq!(ran.code(), 0, "{about}");
        ran.assert_account("all");
        let [matched, copied, vanished, failed] =
            ["matched", "copied", "vanished", "failed"].map(|name| ran.count("all", name));
        assert_eq!((vanished, failed), (0, 0), "{about}");
        assert!(matched >= KEYS, "{about}");
        if ran.restarts("all").is_empty() {
            assert_eq!(copied, KEYS, "{about}");
        }
        let mut differences = differences(source, destination, self.tolerance);
        // Servers that move slots at once send the commands that make the values, which lose this.
        let lost = [" active-time ", " seen-time ", "-0 ≠ 0", "0 ≠ -0"];
        differences.retain(|line| self.tolerance > 0 || !lost.iter().any(|text| line.contains(text)));
        assert!(differences.is_empty(), "{about}\n{differences:?}");
    }
}

fn destination_moves(kind: Kind, how: Move, seed: u64) {
    let setup = Setup::new(kind, how, seed);
    let cluster = Cluster::start(kind);
    let slots = Setup::slots(&cluster);
    let (moved, ran) = meanwhile(
        |stop| cluster.move_slots(how, seed, &slots, stop),
        || setup.spawn(&[("destination", &cluster)]).wait(),
    );
    assert!(moved > 3, "{moved} moves");
    setup.check(&ran, &setup.scene.source.reading(), &cluster.reading());
    assert_eq!(ran.count("all", "matched"), KEYS, "{}", setup.about);
}

fn source_moves(kind: Kind, how: Move, seed: u64) {
    let setup = Setup::new(kind, how, seed);
    let cluster = Cluster::start(kind);
    cluster.load(&setup.scene.source);
    let slots = Setup::slots(&cluster);
    let (moved, ran) =
        meanwhile(|stop| cluster.move_slots(how, seed, &slots, stop), || setup.spawn(&[("source", &cluster)]).wait());
    assert!(moved > 3, "{moved} moves");
    // The servers have lost nothing themselves.
    assert_eq!(cluster.reading().names(), setup.scene.source.reading().names(), "{}", setup.about);
    setup.check(&ran, &setup.scene.source.reading(), &setup.scene.destination.reading());
}

fn both_move(kind: Kind, how: Move, seed: u64) {
    let setup = Setup::new(kind, how, seed);
    let [source, destination] = [Cluster::start(kind), Cluster::start(kind)];
    source.load(&setup.scene.source);
    let slots = Setup::slots(&source);
    let (_, (_, ran)) = meanwhile(
        |stop| source.move_slots(how, seed, &slots, stop),
        || {
            meanwhile(
                |stop| destination.move_slots(how, seed + 1, &slots, stop),
                || setup.spawn(&[("source", &source), ("destination", &destination)]).wait(),
            )
        },
    );
    setup.check(&ran, &setup.scene.source.reading(), &destination.reading());
}

/// Kills a master at a random moment, and its replica takes its place.
fn fails_over(kind: Kind, side: &'static str, seed: u64) {
    let mut setup = Setup::new(kind, Move::Atomic, seed);
    let cluster = Cluster::with_replicas(kind);
    if side == "source" {
        cluster.load(&setup.scene.source);
        let all = || (3..6).map(|replica| cluster.node(replica).size()).sum::<i64>() == KEYS.cast_signed();
        until("the replicas have all keys", all);
    }
    let pause = Duration::from_millis(setup.random.below(1500));
    let number = usize::try_from(setup.random.below(3)).expect("it is small");
    // The node that the job names stays.
    let seed = cluster.node((number + 1) % 3).port();
    let mut running = setup.scene.prepare_job(&[format!("{side}.port={seed}")]).spawn();
    let count = |scene: &Scene| if side == "source" { scene.destination.size() } else { cluster.size() };
    running.until("a key arrives", |scene| count(scene) > 0);
    thread::sleep(pause);
    cluster.kill_master(number);
    let ran = running.wait();
    let there = if side == "source" { setup.scene.destination.reading() } else { cluster.reading() };
    setup.check(&ran, &setup.scene.source.reading(), &there);
}

#[test]
fn a_destination_whose_slots_move_gets_every_key_once() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        at_once(&seeds(), |seed| destination_moves(kind, Move::Legacy, seed));
    }
    at_once(&seeds(), |seed| destination_moves(Kind::Valkey91, Move::Atomic, seed));
}

#[test]
fn a_source_whose_slots_move_is_read_completely() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        at_once(&seeds(), |seed| source_moves(kind, Move::Legacy, seed));
    }
    at_once(&seeds(), |seed| source_moves(Kind::Valkey91, Move::Atomic, seed));
}

#[test]
fn slots_of_source_and_destination_may_move_at_the_same_time() {
    at_once(&seeds(), |seed| both_move(Kind::Redis70, Move::Legacy, seed));
    at_once(&seeds(), |seed| both_move(Kind::Valkey91, Move::Atomic, seed));
}

#[test]
fn slots_that_stay_half_moved_during_the_whole_run_are_read_and_written() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let setup = Setup::new(kind, Move::Legacy, 0);
        let [source, destination] = [Cluster::start(kind), Cluster::start(kind)];
        source.load(&setup.scene.source);
        let slots = Setup::slots(&source);
        let mut half = Vec::new();
        for (number, slot) in slots.into_iter().enumerate() {
            for cluster in [&source, &destination] {
                let from = cluster.owner(slot);
                let to = cluster.masters().into_iter().find(|node| node.port() != from.port()).expect("three masters");
                Cluster::begin_move(slot, from, to);
                if number % 3 > 0 {
                    Cluster::move_keys(slot, from, to, 10);
                }
                half.push((cluster, slot, from, to));
            }
        }
        let ran = setup.spawn(&[("source", &source), ("destination", &destination)]).wait();
        for (cluster, slot, from, to) in half {
            while Cluster::move_keys(slot, from, to, 10) {}
            cluster.end_move(slot, from, to);
        }
        setup.check(&ran, &setup.scene.source.reading(), &destination.reading());
        assert_eq!(ran.count("all", "matched"), KEYS, "{}", setup.about);
    }
}

#[test]
fn a_replica_may_take_the_place_of_a_master_of_the_destination() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        at_once(&seeds(), |seed| fails_over(kind, "destination", seed));
    }
}

#[test]
fn a_replica_may_take_the_place_of_a_master_of_the_source() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        at_once(&seeds(), |seed| fails_over(kind, "source", seed));
    }
}
