//! RDB files of other projects as sources. They are not part of the repository and are read in place;
//! `MIGRATOR_TEST_RDB_CORPUS` is their folder. Its `expected.tsv` lists what an independent reader found in each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Kind, Ran, Reading, Scene, Server, differences, words};

/// A file, and its expected content.
struct File {
    name: String,
    path: PathBuf,
    /// Keys by database.
    keys: BTreeMap<u16, u64>,
    functions: u64,
}

/// All files of the corpus. If there is no corpus, a message reports that.
#[expect(clippy::print_stderr, reason = "a test that is left out reports that")]
fn corpus() -> Vec<File> {
    let Some(folder) = std::env::var_os("MIGRATOR_TEST_RDB_CORPUS").map(PathBuf::from) else {
        eprintln!("LEFT OUT: no file of the corpus was moved, because `MIGRATOR_TEST_RDB_CORPUS` is not set");
        return Vec::new();
    };
    let table = fs::read_to_string(folder.join("expected.tsv")).expect("the corpus has its table");
    let files: Vec<File> = table.lines().skip(1).map(|line| file(&folder, line)).collect();
    assert!(files.len() > 50, "the table has only {} files", files.len());
    files
}

fn file(folder: &Path, line: &str) -> File {
    let columns: Vec<&str> = line.split('\t').collect();
    let [name, _, keys, functions, _, "-"] = columns[..] else { panic!("unexpected line in the table: {line}") };
    let counted = |keys: &str| {
        let (db, count) = keys.split_once(':').expect("db:keys");
        (db.parse().expect("a database"), count.parse().expect("a count"))
    };
    File {
        name: name.to_owned(),
        path: folder.join(name),
        keys: keys.split(' ').filter(|keys| *keys != "-").map(counted).collect(),
        functions: functions.parse().expect("a count"),
    }
}

/// Keys that servers refuse: the end of the file's name, the kinds of server, the number of keys, a part of the message.
const REFUSED: [(&str, &[Kind], usize, &str); 8] = [
    // Field expiries.
    ("/hash_as_listpack_with_hfe.rdb", &[Kind::Redis62, Kind::Redis70], 1, FIELDS),
    ("/hash_with_hfe.rdb", &[Kind::Redis62, Kind::Redis70], 1, FIELDS),
    ("/valkey_hash2_with_hfe.rdb", &[Kind::Redis62, Kind::Redis70], 1, FIELDS),
    // A value of a module. Built-in modules do not count.
    ("/redis_40_with_module.rdb", &Kind::ALL, 1, "has loaded no module"),
    // Values that servers do not load themselves: damaged, empty, or with a wrong length.
    ("/corrupt_empty_keys.rdb", &Kind::ALL, 9, BAD),
    ("/corrupt_ziplist.rdb", &Kind::ALL, 1, BAD),
    ("/zipmap_big_len.rdb", &Kind::ALL, 1, BAD),
    ("/stream_listpacks_1.rdb", &[Kind::Valkey91], 1, BAD),
];
const FIELDS: &str = "the hash has fields that expire, which the destination does not support";
const BAD: &str = "ERR Bad data format";

/// Moves a file. Fails unless every key is accounted for.
fn moved(scene: &Scene, file: &File) -> Ran {
    scene.destination.run(words!["FLUSHALL"]);
    let from = format!("source = {{ rdb = \"{}\", db = \"all\" }}", file.path.display());
    let kind = scene.destination.kind();
    let supports_functions = kind != Kind::Redis62;
    let refused = REFUSED.iter().find(|(name, kinds, ..)| file.name.ends_with(name) && kinds.contains(&kind));
    let ran =
        scene.run_backup(&format!("{from}\nfunctions = {supports_functions}")).exits(i32::from(refused.is_some()));

    let keys = file.keys.values().sum::<u64>();
    ran.assert_account("all");
    assert_eq!(ran.count("all", "matched"), keys, "{}", file.name);
    let libraries = &ran.job("all")["libraries"];
    let restored = if supports_functions { file.functions } else { 0 };
    assert_eq!(["found", "restored"].map(|name| &libraries[name]), [file.functions, restored], "{}", file.name);
    let log = scene.error_log();
    let (failed, why) = refused.map_or((0, ""), |(_, _, failed, why)| (*failed, *why));
    let lines = (log.lines().count(), log.lines().filter(|line| line.contains(why)).count());
    assert_eq!(lines, (failed, failed), "{}:\n{log}", file.name);
    ran
}

/// Moves every file to a server of this kind. Compares the result with a server that has loaded the file, if it can.
fn arrives_as_if_loaded(kind: Kind) {
    let scene = Scene::between(Kind::Redis70, kind);
    let files = corpus();
    let mut compared = 0;
    for file in &files {
        let ran = moved(&scene, file);
        let arrived = |db: u16| Reading::of(&mut scene.destination.db(db));
        let all: usize = file.keys.keys().map(|db| arrived(*db).0.len()).sum();
        assert_eq!(ran.count("all", "copied"), all as u64, "{}", file.name);
        // A server does not start with files that are newer than it, or that hold values that it does not load.
        let Some(loaded) = Server::try_on_backup(kind, &file.path) else { continue };
        for db in file.keys.keys() {
            let differences = differences(&Reading::of(&mut loaded.db(*db)), &arrived(*db), 0);
            assert!(differences.is_empty(), "{} in database {db}:\n{}", file.name, differences.join("\n"));
        }
        compared += 1;
    }
    assert!(files.is_empty() || compared > 50, "{compared} of {} files could be loaded", files.len());
}

#[test]
fn every_file_is_moved_as_redis_6_2_would_have_loaded_it() {
    arrives_as_if_loaded(Kind::Redis62);
}

#[test]
fn every_file_is_moved_as_redis_7_0_would_have_loaded_it() {
    arrives_as_if_loaded(Kind::Redis70);
}

#[test]
fn every_file_is_moved_as_redis_8_2_would_have_loaded_it() {
    arrives_as_if_loaded(Kind::Redis82);
}

#[test]
fn every_file_is_moved_as_valkey_9_1_would_have_loaded_it() {
    arrives_as_if_loaded(Kind::Valkey91);
}
