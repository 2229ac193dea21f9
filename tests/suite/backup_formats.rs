//! Records that the servers of the tests do not write: of later versions, or at the limits of the format.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{CAREFUL, Kind, RdbFile, Reading, Scene, Server, Value, piped, words};

/// The field names `a` and `b`, which Redis 8.10 writes once for many hashes, under the number 7.
const TEMPLATE: [u8; 7] = [0xf2, 7, 2, 1, b'a', 1, b'b'];
/// The hash `array` with these names, value by value, and the hash `list` as a listpack.
const HASHES: [&[u8]; 2] = [
    &[32, 5, b'a', b'r', b'r', b'a', b'y', 7, 1, b'x', 1, b'y'],
    &[30, 4, b'l', b'i', b's', b't', 15, 15, 0, 0, 0, 3, 0, 7, 1, 0x81, b'x', 2, 0x81, b'y', 2, 0xff],
];

#[test]
fn hashes_that_share_their_field_names_in_the_file_arrive_whole() {
    for kind in Kind::ALL {
        let scene = Scene::of(Server::start(Kind::Redis70), Server::with(kind, &CAREFUL));
        let file = RdbFile::of("REDIS0015").aux("redis-ver", "8.10.0").raw(TEMPLATE).raw(HASHES[0]).raw(HASHES[1]);
        scene.backup(&file.finished());
        scene.run_backup("").exits(0).outcomes("all", "copied 2");
        let field = |name: &str, value: &str| (name.as_bytes().to_vec(), (value.as_bytes().to_vec(), None));
        let expected = Value::Hash(BTreeMap::from([field("a", "x"), field("b", "y")]));
        let arrived = scene.destination.reading();
        for key in ["array", "list"] {
            assert_eq!(arrived.key(key).value, expected, "{kind:?}");
        }
    }
}

#[test]
fn a_hash_whose_field_names_are_missing_in_the_file_fails_alone_even_in_a_dry_run() {
    let scene = Scene::new();
    let bytes = RdbFile::of("REDIS0015").raw(HASHES[1]).strings(3).finished();
    scene.backup(&bytes);
    scene.run_backup("").exits(1).outcomes("all", "copied 3, failed 1");
    let log = scene.read("redis-keys-migrator-error.log");
    let why = "side=source server=backup.rdb said=\"the value's fields are named by the template 7, which the file does \
               not hold\"";
    assert!(log.lines().count() == 1 && log.contains("key=\"list\"") && log.contains(why), "{log}");

    let run = ["run", "job.toml", "--report", "report.json"];
    let dry = scene.run(&[&run[..], &["--dry-run"]].concat()).exits(1);
    dry.outcomes("all", "existing 3, failed 1");

    scene.backup_job("source.rdb = \"-\"");
    scene.prepare(&run).stdin(piped(bytes)).run().exits(1).outcomes("all", "existing 3, failed 1");
    let log = scene.read("redis-keys-migrator-error.log");
    assert!(log.contains("type=hash side=source server=standard_input said=\"the value's fields"), "{log}");

    scene.destination.run(words!["SET", "list", "theirs"]);
    scene.backup_job("");
    for way in [&run[..], &[&run[..], &["--dry-run"]].concat()] {
        scene.run(way).exits(0).outcomes("all", "existing 4");
    }
}

#[test]
fn the_first_and_the_last_expiries_that_can_be_written_are_read() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let never = |file: RdbFile, key: &str, at| file.expiring(at).string(key, "v");
        let moments = [("min", i64::MIN), ("zero", 0), ("one", 1), ("max", i64::MAX), ("far", 253_402_300_800_000)];
        let file = moments.into_iter().fold(RdbFile::of("REDIS0009"), |file, (key, at)| never(file, key, at));
        // In seconds, like Redis 2.4: an expired one, and the last possible one.
        let file = file.raw([0xfd]).raw(1_000_000_i32.to_le_bytes()).string("old", "v");
        let file = file.raw([0xfd]).raw(i32::MAX.to_le_bytes()).string("2038", "v");
        scene.backup(&file.finished());
        let loaded = Server::on_backup(kind, &scene.folder().join("backup.rdb"), &[]).reading();
        // Servers drop the key whose expiry is no time. The run reports it.
        let ran = scene.run_backup("").exits(1);
        assert_eq!(ran.count("all", "failed"), 1);
        let log = scene.read("redis-keys-migrator-error.log");
        assert!(log.contains(&format!("key=\"min\" type=string side=source server=backup.rdb said=\"the expiry of the key is {} ms, which is no time\"", i64::MIN)), "{log}");
        let arrived = scene.destination.reading();
        assert_eq!(arrived.0.keys().collect::<Vec<_>>(), loaded.0.keys().collect::<Vec<_>>(), "{kind:?}");
        assert_eq!(arrived.key("far"), loaded.key("far"));
        assert_eq!(arrived.key("2038").expires_at, Some(i64::from(i32::MAX) * 1000));
        assert_eq!(ran.count("all", "copied"), arrived.0.len() as u64);
    }
}

/// Each database has its own connection, but not for the whole run.
#[test]
fn a_file_with_more_databases_than_allowed_connections_arrives() {
    let scene = Scene::of(
        Server::start(Kind::Redis70),
        Server::with(Kind::Redis70, &["--databases", "1000", "--maxclients", "200"]),
    );
    let file = (0..1000).fold(RdbFile::new(), |file, db| file.database(db).string("same", db.to_string()));
    scene.backup(&file.finished());
    for (sleep, outcomes) in [("0s", "copied 1000"), ("1ms", "existing 1000")] {
        scene.run_backup(&format!("source.db = \"all\"\nsleep = \"{sleep}\"")).exits(0).outcomes("all", outcomes);
        for db in [0, 1, 500, 999] {
            let reading = Reading::of(&mut scene.destination.db(db));
            assert_eq!(reading.key("same").value, Value::String(db.to_string().into_bytes()));
        }
    }
}

#[test]
fn a_file_without_keys_is_moved() {
    let scene = Scene::new();
    for bytes in [RdbFile::new().finished(), RdbFile::of("REDIS0003").raw([0xff]).unfinished()] {
        scene.backup(&bytes);
        scene.run_backup("").exits(0).outcomes("all", "");
        scene.run(&["check", "job.toml", "--connect"]).exits(0).stdout_has("\nno keys\n");
    }
    assert!(fs::metadata(scene.folder().join("report.json")).is_ok());
    assert_eq!(scene.destination.run(words!["DBSIZE"]).integer(), 0);
}
