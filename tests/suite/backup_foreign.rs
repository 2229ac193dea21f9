//! Files with records that only other servers read: of Dragonfly, `KeyDB`, Valkey 9.2, release candidates and modules.

use crate::support::{CAREFUL, Kind, RdbFile, Scene, Server, Value, words};

const DRY: [&str; 5] = ["run", "job.toml", "--dry-run", "--report", "report.json"];

/// Runs a file, and a dry run of it before. Fails unless `failed` keys fail with these log entries, in this order.
#[track_caller]
fn assert_fail_alone(kind: Kind, bytes: &[u8], copied: &[&str], failed: &[(&str, &str, &str)]) {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(kind, &CAREFUL));
    scene.backup(bytes).backup_job("");
    let outcomes = format!("copied {}, failed {}", copied.len(), failed.len());
    scene.run(&DRY).exits(1).outcomes("all", &outcomes);
    assert_eq!(scene.destination.size(), 0);
    scene.run_backup("").exits(1).outcomes("all", &outcomes);
    assert_eq!(scene.destination.reading().names(), copied);
    let log = scene.read("redis-keys-migrator-error.log");
    assert_eq!(log.lines().count(), failed.len(), "{log}");
    for (line, (key, type_name, why)) in log.lines().zip(failed) {
        let expected = format!("key=\"{key}\" type={type_name} side=source server=backup.rdb said=\"{why}\"");
        assert!(line.contains(&expected), "{line}\n{expected}");
    }
    // The whole file is sound.
    scene.run(&["check", "job.toml", "--connect"]).exits(0);
}

fn dragonfly() -> RdbFile {
    RdbFile::of("REDIS0009").aux("redis-ver", "7.4.0").aux("df-ver", "df-v1.30.0").database(0)
}

#[test]
fn values_that_only_dragonfly_reads_fail_alone_and_all_others_arrive() {
    // A listpack of the fields or members `a` and 1, which Dragonfly writes with RDB version 9.
    let listpack = [12, 12, 0, 0, 0, 2, 0, 0x81, b'a', 2, 1, 1, 0xff];
    let file = dragonfly()
        .string("string", "v")
        .raw(b"\x10\x04hash")
        .raw(listpack)
        .raw(b"\x12\x04list\x01\x02")
        .raw(listpack)
        .raw(b"\x11\x04zset")
        .raw(listpack)
        .raw(b"\x1e\x04json\x07{\"a\":1}")
        .raw(b"\x1f\x06fields\x01\x01f\x01v\xc0\x64")
        .raw(b"\x20\x07members\x01\x01m\x03100")
        .string("last", "v");
    let failed = [
        ("json", "ReJSON-RL", "the value is a JSON document of Dragonfly, which no other server reads"),
        ("fields", "hash", "the value is a hash of Dragonfly with fields that expire, which no other server reads"),
        ("members", "set", "the value is a set of Dragonfly with members that expire, which no other server reads"),
    ];
    for kind in Kind::ALL {
        assert_fail_alone(kind, &file.clone().finished(), &["hash", "last", "list", "string", "zset"], &failed);
    }
}

#[test]
fn dragonfly_is_named_by_check_and_by_the_run() {
    let scene = Scene::new();
    let sticky = [0xdc, 1, 0, 0, 0];
    scene.backup(&dragonfly().raw(sticky).string("a", "1").raw(sticky).string("b", "2").finished());
    let name = "RDB version 9 of Dragonfly df-v1.30.0 (as Redis 7.4.0)";
    let dropped = "properties of keys that only Dragonfly has (`STICK`, flags of memcached) are not carried\n";
    let ran = scene.run_backup("").exits(0).outcomes("all", "copied 2").stderr_has(name);
    assert_eq!(ran.stderr.matches(dropped).count(), 1, "{}", ran.stderr);
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(0).stdout_has(name);
    assert_eq!(ran.stdout.matches(dropped).count(), 1, "{}", ran.stdout);
}

#[test]
fn a_record_whose_end_only_dragonfly_knows_ends_the_job() {
    let cases: [(&[u8], &str); 2] = [
        (&[34, 1, b'k'], "a record begins with the byte 34, and only Dragonfly knows where such a record ends"),
        (
            &[202, 1],
            "this is a snapshot in a format of Dragonfly (`.dfs`), with packed records: write an RDB file with",
        ),
    ];
    for (record, why) in cases {
        let scene = Scene::new();
        scene.backup(&dragonfly().strings(3).raw(record).finished());
        scene.run_backup("").exits(6).stderr_has(why).outcomes("all", "copied 3");
    }
}

#[test]
fn keys_of_keydb_whose_members_expire_fail_alone() {
    let member = |file: RdbFile| file.aux("keydb-subexpire-key", "m").aux("keydb-subexpire-when", "4102444800000");
    let file = RdbFile::of("REDIS0009").aux("redis-ver", "6.3.4").database(0).aux("mvcc-tstamp", "1").string("a", "1");
    let file = member(file.aux("mvcc-tstamp", "2").raw(b"\x02\x03set\x02\x01m\x01n"));
    let file = file.raw(b"\x40\x04cron\x03GET").raw([1; 16]).raw(b"\x01\x01k\x01\x01x").string("z", "1");
    let failed = [
        ("set", "set", "members of the value expire, which only KeyDB supports"),
        ("cron", "cron", "the value is a cron job of KeyDB, which no other server reads"),
    ];
    assert_fail_alone(Kind::Redis70, &file.finished(), &["a", "z"], &failed);
}

/// The page of a full batch is sent, so that the expiry of a member comes after it.
#[test]
fn a_member_expiry_is_noticed_wherever_a_page_ends() {
    let scene = Scene::new();
    for keys in [999, 1000, 1001, 1999, 2000] {
        let file = RdbFile::of("REDIS0009").strings(keys).raw(b"\x02\x03set\x01\x01m");
        let file = file.aux("keydb-subexpire-key", "m").aux("keydb-subexpire-when", "4102444800000");
        scene.destination.run(words!["FLUSHALL"]);
        scene.backup(&file.finished());
        scene.run_backup("").exits(1).outcomes("all", &format!("copied {keys}, failed 1"));
    }
}

#[test]
fn a_path_hash_of_valkey_fails_alone_and_a_recorded_command_ends_the_job() {
    let file = RdbFile::of("VALKEY081").aux("valkey-ver", "9.2.0").string("a", "1");
    let path_hash = file.clone().raw(b"\x17\x01p\x01\x02/x\x01\x01f\x01v").string("z", "1");
    let failed = [("p", "unknown", "the value is a path hash of Valkey 9.2, which no other server reads")];
    assert_fail_alone(Kind::Valkey91, &path_hash.finished(), &["a", "z"], &failed);

    let scene = Scene::new();
    let at = file.len();
    scene.backup(&file.raw(b"\xf2*2\r\n$3\r\nDEL\r\n$1\r\na\r\n").finished());
    let why = format!(
        "a write was recorded as a command while Valkey saved the file, and commands are not applied: write the file again \
         while there are no writes (at byte {at})"
    );
    scene.run_backup("").exits(6).stderr_has(&why).outcomes("all", "copied 1");
}

#[test]
fn functions_of_release_candidates_are_restored() {
    let code = b"redis.register_function('f', function() return 42 end)";
    let length = u8::try_from(code.len()).expect("short");
    for description in [&[0][..], &[1, 9, b'o', b'n', b'e', b'\n', b't', b'w', b'o', b'\n', b'3']] {
        for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
            let scene = Scene::between(Kind::Redis70, kind);
            let file = RdbFile::new().raw(b"\xf6\x04lib1\x03LUA").raw(description).raw([length]).raw(code);
            scene.backup(&file.string("a", "1").finished());
            let ran = scene.run_backup("functions = true").exits(0).outcomes("all", "copied 1");
            ran.stdout_has("all: function libraries: 1 found, 1 restored, 0 existing, 0 failed");
            assert_eq!(scene.destination.run(words!["FCALL", "f", 0]).integer(), 42, "{kind:?}");
        }
    }
}

/// The module `searchidx` and some data.
fn module_data(file: RdbFile, text: &str) -> RdbFile {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |character| alphabet.iter().position(|known| *known == character).expect("in the alphabet") as u64;
    let id = b"searchidx".iter().fold(0, |id, character| id << 6 | digit(*character)) << 10 | 1;
    let length = u8::try_from(text.len()).expect("short");
    file.raw([0xf7, 0x81]).raw(id.to_be_bytes()).raw([2, 2, 5, length]).raw(text).raw([0])
}

#[test]
fn data_that_a_module_keeps_outside_of_keys_is_reported_once() {
    let scene = Scene::new();
    let file = module_data(module_data(RdbFile::new(), "before").strings(1500), "after");
    scene.backup(&file.finished());
    let warning =
        "data that the module `searchidx` keeps outside of keys is not carried, such as the indexes of RediSearch\n";
    let ran = scene.run_backup("").exits(0).outcomes("all", "copied 1500");
    assert_eq!(ran.stderr.matches(&format!("warning: job `all`: {warning}")).count(), 1, "{}", ran.stderr);
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(0);
    assert_eq!(ran.stdout.matches(warning).count(), 1, "{}", ran.stdout);
}

#[test]
fn slots_that_were_being_imported_are_reported() {
    let scene = Scene::new();
    scene.backup(&RdbFile::of("VALKEY080").raw([0xf3, 1, b'j', 1, 1, 2]).string("a", "1").finished());
    let warning = "slots were being imported into the node when it wrote the file: their keys may be incomplete\n";
    scene.run_backup("").exits(0).outcomes("all", "copied 1").stderr_has(warning);
}

#[test]
fn a_time_of_creation_beyond_the_year_9999_is_left_out() {
    for ctime in ["253402300800", "1700000000000", "18446744073709551615", "-1"] {
        let scene = Scene::new();
        scene.backup(&RdbFile::new().aux("ctime", ctime).string("a", "1").finished());
        let ran = scene.run_backup("").exits(0).outcomes("all", "copied 1");
        assert_eq!(ran.job("all")["source"]["backup"]["created"], serde_json::Value::Null, "{ctime}");
        let checked = scene.run(&["check", "job.toml", "--connect"]).exits(0);
        assert!(!checked.stdout.contains("created"), "{}", checked.stdout);
        assert_eq!(scene.destination.reading().key("a").value, Value::String(b"1".to_vec()));
    }
}
