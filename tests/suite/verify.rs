//! `verify` finds each difference between source and destination, and no other.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Dataset, Kind, Ran, Random, Reading, Scene, Shape, at_once, change_value, damage, shown, words};

/// Keys of a data set with every type.
const KEYS: u64 = 2000;
const DIFFERENCES: &str = "redis-keys-migrator-differences.jsonl";

/// The differences that a run recorded: the database at the source, the quoted name, and the kind of each.
pub fn recorded(scene: &Scene) -> Vec<(u64, String, String)> {
    let text = std::fs::read_to_string(scene.folder().join(DIFFERENCES)).unwrap_or_default();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a JSON object");
        let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {line}")).to_owned();
        (line["db"].as_u64().expect("a database"), text("key_quoted"), text("kind"))
    };
    let mut lines: Vec<_> = text.lines().map(line).collect();
    lines.sort();
    lines
}

/// Copies everything, and fails unless nothing differs then.
fn copied(scene: &Scene, lines: &str) {
    scene.run_job(lines).exits(0);
    is_clean(scene);
}

pub fn verified(scene: &Scene) -> Ran {
    scene.run(&["verify", "job.toml", "--report", "report.json"])
}

/// Fails unless nothing differs.
#[track_caller]
pub fn is_clean(scene: &Scene) {
    let ran = verified(scene);
    assert_eq!((ran.code(), recorded(scene)), (0, Vec::new()), "{}{}", ran.stdout, ran.stderr);
}

/// Fails unless exactly these keys of database 0 differ.
#[track_caller]
pub fn differ(scene: &Scene, expected: &[(&str, &str)]) {
    let ran = verified(scene);
    let line = |(key, kind): &(&str, &str)| (0, format!("\"{key}\""), (*kind).to_owned());
    let mut expected: Vec<_> = expected.iter().map(line).collect();
    expected.sort();
    assert_eq!((ran.code(), recorded(scene)), (5, expected), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_key_that_differs_in_any_way_is_found_and_its_kind_named() {
    let scene = Scene::between(Kind::Redis82, Kind::Redis82);
    let source = |command: &[&str]| drop(scene.source.run(bytes(command)));
    let theirs = |command: &[&str]| drop(scene.destination.run(bytes(command)));
    for command in [
        &["SET", "missing", "1"][..],
        &["SET", "same", "1"],
        &["SET", "other-type", "1"],
        &["SET", "expiry-changed", "1", "PX", "10000000"],
        &["SET", "expiry-lost", "1", "PX", "10000000"],
        &["SET", "expiry-new", "1"],
        &["HSET", "field-expiry-lost", "a", "1", "b", "2"],
        &["HPEXPIRE", "field-expiry-lost", "10000000", "FIELDS", "1", "a"],
        &["HSET", "field-expiry-changed", "a", "1"],
        &["HPEXPIRE", "field-expiry-changed", "10000000", "FIELDS", "1", "a"],
        &["XADD", "group-lost", "1-1", "a", "b"],
        &["XGROUP", "CREATE", "group-lost", "g", "0"],
        &["XADD", "pending-lost", "1-1", "a", "b"],
        &["XGROUP", "CREATE", "pending-lost", "g", "0"],
        &["XREADGROUP", "GROUP", "g", "c", "STREAMS", "pending-lost", ">"],
        &["XADD", "entry-lost", "1-1", "a", "b"],
        &["XADD", "entry-lost", "1-2", "a", "b"],
    ] {
        source(command);
    }
    copied(&scene, "");
    for command in [
        &["DEL", "missing"][..],
        &["SET", "extra", "1"],
        &["DEL", "other-type"],
        &["RPUSH", "other-type", "1"],
        &["PEXPIRE", "expiry-changed", "20000000"],
        &["PERSIST", "expiry-lost"],
        &["PEXPIRE", "expiry-new", "20000000"],
        &["HPERSIST", "field-expiry-lost", "FIELDS", "1", "a"],
        &["HPEXPIRE", "field-expiry-changed", "20000000", "FIELDS", "1", "a"],
        &["XGROUP", "DESTROY", "group-lost", "g"],
        &["XACK", "pending-lost", "g", "1-1"],
        &["XDEL", "entry-lost", "1-2"],
    ] {
        theirs(command);
    }
    differ(
        &scene,
        &[
            ("missing", "missing"),
            ("extra", "extra"),
            ("other-type", "type"),
            ("expiry-changed", "expiry"),
            ("expiry-lost", "expiry"),
            ("expiry-new", "expiry"),
            ("field-expiry-lost", "field-expiry"),
            ("field-expiry-changed", "field-expiry"),
            ("group-lost", "groups"),
            ("pending-lost", "groups"),
            ("entry-lost", "value"),
        ],
    );
}

fn bytes(command: &[&str]) -> Vec<Vec<u8>> {
    command.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// How a job maps keys.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Plain,
    Renamed,
    AllDatabases,
}

impl Layout {
    const ALL: [Self; 3] = [Self::Plain, Self::Renamed, Self::AllDatabases];

    fn databases(self) -> &'static [u16] {
        if let Self::AllDatabases = self { &[0, 3] } else { &[0] }
    }

    fn job(self, scene: &Scene) {
        match self {
            Self::Plain => scene.job(""),
            Self::Renamed => scene.job("rename = { add_prefix = \"new*:\" }"),
            Self::AllDatabases => scene.file(
                "job.toml",
                "[[job]]
name = \"all\"
source = { host = \"127.0.0.1\", port = {SOURCE_PORT}, db = \"all\" }
destination = {DESTINATION}
sleep = \"0s\"
",
            ),
        };
    }

    /// The name at the destination.
    fn target(self, key: &[u8]) -> Vec<u8> {
        if let Self::Renamed = self { [b"new*:", key].concat() } else { key.to_vec() }
    }
}

/// Keys, each in its database, and the kinds of their differences.
type Damaged = BTreeMap<(u16, Vec<u8>), &'static str>;

/// Damages random keys of the destination, and adds extra ones.
fn damage_some(scene: &Scene, layout: Layout, keys: &[(u16, Vec<u8>)], random: &mut Random) -> Damaged {
    let mut damaged = Damaged::new();
    for _ in 0..random.below(120) {
        let (db, key) = random.pick(keys);
        if damaged.contains_key(&(*db, key.clone())) {
            continue;
        }
        // No two databases give it keys.
        let aside = db + 5;
        let mut kind = damage(&mut scene.destination.db(*db), random, &layout.target(key), aside);
        if kind == "moved" {
            kind = "missing";
            if let Layout::AllDatabases = layout {
                damaged.insert((aside, key.clone()), "extra");
            }
        }
        damaged.insert((*db, key.clone()), kind);
    }
    for number in 0..random.below(20) {
        let (db, key) = (*random.pick(layout.databases()), format!("extra:{number}").into_bytes());
        scene.destination.db(db).run(words!["SET", layout.target(&key), number]);
        damaged.insert((db, key), "extra");
    }
    damaged
}

/// Fails unless exactly these keys differ.
#[track_caller]
fn are_found(scene: &Scene, arguments: &[&str], damaged: &Damaged, about: &str) {
    let ran = scene.run(&[&["verify", "job.toml", "--report", "report.json"], arguments].concat());
    let line = |((db, key), kind): (&(u16, Vec<u8>), &&str)| (u64::from(*db), shown(key), (*kind).to_owned());
    let mut expected: Vec<_> = damaged.iter().map(line).collect();
    expected.sort();
    assert_eq!(recorded(scene), expected, "{about}: {}", ran.stderr);
    assert_eq!(ran.code(), if damaged.is_empty() { 0 } else { 5 }, "{about}: {}", ran.stderr);
}

fn random_damage_is_found(kind: Kind, seed: u64, layout: Layout) {
    let about = format!("{kind:?}, {layout:?}, seed {seed}");
    let mut random = Random::new(seed);
    let scene = Scene::between(kind, kind);
    let mut keys = Vec::new();
    for db in layout.databases() {
        Dataset::mixed(KEYS).seeded(random.next()).fill(&mut scene.source.db(*db));
        let reading = Reading::of(&mut scene.source.db(*db));
        keys.extend(reading.0.into_keys().map(|key| (*db, key)));
    }
    layout.job(&scene);
    scene.run(&["run", "job.toml"]).exits(0);
    are_found(&scene, &[], &Damaged::new(), &about);
    let mut damaged = damage_some(&scene, layout, &keys, &mut random);
    are_found(&scene, &[], &damaged, &about);
    // Extra keys are not deleted.
    damaged.retain(|_, kind| *kind == "extra");
    are_found(&scene, &["--repair=replace"], &damaged, &about);
    are_found(&scene, &[], &damaged, &about);
}

#[test]
fn random_damage_is_found_and_repaired() {
    let count = std::env::var("MIGRATOR_TEST_CASES").map_or(1, |text| text.parse().expect("a number"));
    let cases: Vec<_> = (0..count).flat_map(|seed| Layout::ALL.map(|layout| (seed, layout))).collect();
    for kind in Kind::ALL {
        at_once(&cases, |(seed, layout)| random_damage_is_found(kind, seed, layout));
    }
}

#[test]
fn a_changed_byte_is_found_in_a_value_of_each_encoding() {
    at_once(&Kind::ALL, |kind| {
        let scene = Scene::of(Shape::server(kind), Shape::server(kind));
        let mut random = Random::new(17);
        Shape::all().for_each(|shape| shape.write(17, kind, &mut scene.source.client()));
        copied(&scene, "");
        let mut client = scene.destination.client();
        let mut damaged = Damaged::new();
        for key in scene.source.reading().0.into_keys() {
            change_value(&mut client, &mut random, &key);
            damaged.insert((0, key), "value");
        }
        assert!(damaged.len() > 25, "{}", damaged.len());
        are_found(&scene, &[], &damaged, kind.name());
        are_found(&scene, &["--repair=replace"], &Damaged::new(), kind.name());
    });
}
