//! Keys of a file that exist, that the destination does not support, or that have expired; and a dry run of them.

use std::thread;
use std::time::Duration;

use crate::support::{CAREFUL, Dataset, Kind, Pipeline, Ran, RdbFile, Reply, Scene, Server, Value, assert_same, words};

const YEAR_2100: i64 = 4_102_444_800_000;

#[test]
fn keys_that_the_destination_has_are_left_alone_or_replaced() {
    for sleep in ["0s", "1ms"] {
        let scene = Scene::new();
        scene.backup(&RdbFile::new().strings(2500).finished());
        scene.destination.run(words!["RPUSH", "key:0", "own"]);
        scene.destination.run(words!["SET", "key:1999", "own", "PXAT", YEAR_2100]);
        scene.destination.run(words!["SET", "other", "stays"]);
        let before = scene.destination.reading();

        let sleep = format!("sleep = \"{sleep}\"");
        scene.run_backup(&sleep).exits(0).outcomes("all", "copied 2498, existing 2");
        let after = scene.destination.reading();
        for key in ["key:0", "key:1999", "other"] {
            assert_eq!(after.key(key), before.key(key));
        }

        scene.destination.run(words!["DEL", "key:7"]);
        let replace = format!("{sleep}\non_existing = \"replace\"");
        scene.run_backup(&replace).exits(0).outcomes("all", "copied 1, replaced 2499");
        let after = scene.destination.reading();
        for number in [0, 7, 1999] {
            let entry = after.key(format!("key:{number}"));
            assert_eq!(
                (&entry.value, entry.expires_at),
                (&Value::String(format!("value {number}").into_bytes()), None)
            );
        }
        assert_eq!(after.0.len(), 2501);
    }
}

#[test]
fn a_key_that_another_client_writes_during_the_run_is_existing_and_stays() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(1500).finished());
    scene.backup_job("max_keys_per_second = 1000\npipeline_batch_size = 50");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    let mut pipeline = Pipeline::new();
    for number in (0..1500).rev() {
        pipeline.add(words!["SET", format!("key:{number}"), "theirs", "NX"]);
    }
    let replies = scene.destination.client().run_all(&pipeline);
    let theirs = replies.iter().filter(|reply| **reply != Reply::Nil).count();
    running.wait().exits(0).outcomes("all", &format!("copied {}, existing {theirs}", 1500 - theirs));
    let reading = scene.destination.reading();
    let stayed = reading.0.values().filter(|entry| entry.value == Value::String(b"theirs".to_vec())).count();
    assert_eq!(stayed, theirs);
}

#[test]
fn if_the_file_holds_a_key_twice_the_first_stays_or_the_last_under_replace() {
    let scene = Scene::new();
    // No server writes such a file.
    scene.backup(&RdbFile::new().string("twice", "one").string("twice", "two").finished());
    scene.run_backup("").exits(0).outcomes("all", "copied 1, existing 1");
    assert_eq!(scene.destination.reading().key("twice").value, Value::String(b"one".to_vec()));
    scene.run_backup("on_existing = \"replace\"").exits(0).outcomes("all", "replaced 2");
    assert_eq!(scene.destination.reading().key("twice").value, Value::String(b"two".to_vec()));
}

/// Three expired keys, and three others.
fn with_expired() -> Scene {
    let scene = Scene::new();
    let expired = |file: RdbFile, key: &str, at| file.expiring(at).string(key, "old");
    let file = expired(RdbFile::new().strings(2), "gone:1", 1_000_000_000_000);
    let file = expired(expired(file, "gone:2", 1), "gone:3", 0);
    scene.backup(&file.expiring(YEAR_2100 + 123).string("later", "v").finished());
    scene
}

#[test]
fn expired_keys_are_vanished_and_not_sent() {
    for lines in ["", "sleep = \"1ms\"", "on_existing = \"replace\"", "types = [\"string\"]"] {
        let scene = with_expired();
        scene.destination.run(words!["SET", "gone:1", "own"]);
        scene.run_backup(lines).exits(0).outcomes("all", "copied 3, vanished 3");
        assert_eq!(scene.destination.reading().names(), ["gone:1", "key:0", "key:1", "later"], "{lines}");
        let reading = scene.destination.reading();
        assert_eq!(reading.key("gone:1").value, Value::String(b"own".to_vec()));
        assert_eq!(reading.key("later").expires_at, Some(YEAR_2100 + 123));
        // Pre-flight and the run each check the permission once.
        assert_eq!(scene.destination.calls("restore"), 2 + 3, "{lines}");
    }
}

/// No server writes such an expiry, so it is not known whether the key should exist.
#[test]
fn a_key_whose_expiry_is_before_1970_fails_in_a_run_and_in_a_dry_run() {
    let scene = Scene::new();
    let file =
        [("ms", [&[0xfc][..], &(-5_i64).to_le_bytes()].concat()), ("seconds", [0xfd, 0xff, 0xff, 0xff, 0xff].to_vec())]
            .into_iter()
            .fold(RdbFile::new().strings(2), |file, (key, expiry)| file.raw(expiry).string(key, "v"));
    scene.backup(&file.finished());
    for lines in ["", "sleep = \"1ms\"", "types = [\"string\"]"] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.run_backup(lines).exits(1).outcomes("all", "copied 2, failed 2");
        let log = scene.read("redis-keys-migrator-error.log");
        for (key, ms) in [("ms", -5), ("seconds", -1000)] {
            let line = format!(
                "key=\"{key}\" type=string side=source server=backup.rdb said=\"the expiry of the key is {ms} ms, which is no time\""
            );
            assert!(log.contains(&line), "{log}");
        }
        assert_eq!(scene.destination.reading().names(), ["key:0", "key:1"]);
    }
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(1);
    dry.outcomes("all", "existing 2, failed 2");
}

#[test]
fn expired_keys_that_do_not_match_are_filtered() {
    let scene = with_expired();
    scene.run_backup("match = \"key:*\"").exits(0).outcomes_and_filtered("all", "copied 2", 4);
}

#[test]
fn a_dry_run_and_check_report_expired_keys() {
    let scene = with_expired();
    scene.backup_job("");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    dry.exits(0).outcomes("all", "copied 3, vanished 3");
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(0);
    let words: Vec<&str> = ran.stdout.lines().nth(2).expect("a row").split_whitespace().collect();
    assert_eq!(words[..5], ["0", "string", "6", "4", "3"], "{}", ran.stdout);
}

#[test]
fn a_key_that_expires_during_the_run_never_becomes_permanent() {
    let scene = Scene::new();
    let mut pipeline = Pipeline::new();
    for number in 0..40 {
        pipeline.add(words!["SET", format!("short:{number}"), "v", "PX", 700]);
    }
    scene.source.client().run_all(&pipeline);
    scene.save();
    let ran = scene.run_backup("pipeline_batch_size = 1\nsleep = \"50ms\"").exits(0);
    assert!(ran.count("all", "vanished") > 0 && ran.count("all", "failed") == 0, "{}", ran.report());
    thread::sleep(Duration::from_millis(800));
    assert_eq!(scene.destination.reading().names(), [""; 0], "a key outlived its expiry");
}

/// Hashes with fields that expire, written by Redis 8.2: a destination before 7.4 does not support them.
fn unfit(count: usize) -> Scene {
    let scene = Scene::of(Server::start(Kind::Redis82), Server::with(Kind::Redis70, &CAREFUL));
    let mut pipeline = Pipeline::new();
    for number in 0..count {
        pipeline.add(words!["HSET", format!("h:{number}"), "f", "v"]);
        pipeline.add(words!["HPEXPIREAT", format!("h:{number}"), YEAR_2100, "FIELDS", 1, "f"]);
    }
    scene.source.client().run_all(&pipeline);
    scene.save();
    scene
}

#[test]
fn a_job_stops_at_its_error_limit_and_keys_in_flight_are_counted() {
    let scene = unfit(4000);
    for sleep in ["0s", "5ms"] {
        let ran = scene.run_backup(&format!("max_errored_keys = 5\npipeline_batch_size = 10\nsleep = \"{sleep}\""));
        let ran = ran.exits(4).stderr_has("`max_errored_keys` is 5");
        let failed = ran.count("all", "failed");
        assert!((5..4000).contains(&failed), "{failed} failed");
        ran.assert_account("all");
        assert_eq!(ran.count("all", "matched"), failed);
        assert_eq!(scene.read("redis-keys-migrator-error.log").lines().count() as u64, failed);
    }
}

#[test]
fn field_expiries_are_dropped_if_the_job_allows_it() {
    let scene = unfit(20);
    scene.run_backup("on_unsupported = \"drop-field-ttl\"").exits(0).outcomes("all", "copied 20");
    let fields = scene.destination.run(words!["HGETALL", "h:7"]).array();
    assert_eq!(fields.into_iter().map(Reply::text).collect::<Vec<_>>(), ["f", "v"]);
}

/// Hashes whose fields have expired, but are still there: a replica waits for its master to remove them.
#[test]
fn fields_that_have_expired_do_not_come_back_when_field_expiries_are_dropped() {
    let scene = Scene::of(Server::start(Kind::Redis82), Server::with(Kind::Redis70, &CAREFUL));
    scene.source.run(words!["DEBUG", "SET-ACTIVE-EXPIRE", 0]);
    for (key, lasting) in [("some", 2), ("all", 0)] {
        scene.source.run(words!["HSET", key, "token", "secret", "other", "secret"]);
        scene.source.run(words!["HPEXPIRE", key, 100, "FIELDS", 2, "token", "other"]);
        for field in 0..lasting {
            scene.source.run(words!["HSET", key, format!("item:{field}"), field]);
        }
    }
    scene.source.run(words!["HSET", "later", "f", "v"]);
    scene.source.run(words!["HPEXPIREAT", "later", YEAR_2100, "FIELDS", 1, "f"]);
    thread::sleep(Duration::from_millis(150));
    scene.save();
    let drop = "on_unsupported = \"drop-field-ttl\"";
    let arrived = |ran: Ran| {
        ran.exits(0).outcomes("all", "copied 2, vanished 1");
        let reading = scene.destination.reading();
        assert_eq!(reading.names(), ["later", "some"]);
        let Value::Hash(fields) = &reading.key("some").value else { panic!("{reading:?}") };
        assert_eq!(fields.keys().map(Vec::as_slice).collect::<Vec<_>>(), [b"item:0", b"item:1"]);
        scene.destination.run(words!["FLUSHALL"]);
    };
    arrived(scene.run_backup(drop));
    arrived(scene.run_job(drop));
}

#[test]
fn a_dry_run_has_the_counts_of_a_run_and_writes_nothing() {
    let scene = Scene::of(Server::start(Kind::Redis82), Server::start(Kind::Redis82));
    Dataset::mixed(1500).fill(&mut scene.source.client());
    scene.source.run(words![
        "FUNCTION",
        "LOAD",
        "#!lua name=lib\nredis.register_function('f', function() return 1 end)"
    ]);
    scene.save();
    Dataset::mixed(50).fill(&mut scene.destination.client());
    let before = scene.destination.reading();
    scene.backup_job("functions = true");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    let dry = dry.outcomes("all", "copied 1450, existing 50").stdout_has("dry run");
    let dry = dry.stdout_has("all: function libraries: 1 found, a run would restore them");
    assert_same(&before, &scene.destination.reading());
    assert_eq!(scene.destination.run(words!["FUNCTION", "LIST"]).array().len(), 0);
    assert_eq!(scene.destination.calls("restore"), 2);
    let (dry_types, estimated) = (by_type(&dry), dry.job("all")["bytes"].as_f64().expect("a number"));

    let real = scene.run_backup("functions = true").exits(0).outcomes("all", "copied 1450, existing 50");
    assert_eq!(dry_types, by_type(&real));
    let written = real.job("all")["bytes"].as_f64().expect("a number");
    assert!((0.5..2.0).contains(&(estimated / written)), "{estimated} bytes were estimated, {written} were written");
}

/// Keys and expiring keys of each type, out of the report.
fn by_type(ran: &Ran) -> Vec<(String, u64, u64)> {
    let types = ran.job("all")["by_type"].as_object().expect("a table").clone();
    let count = |tally: &serde_json::Value, name: &str| tally[name].as_u64().expect("a number");
    types.into_iter().map(|(name, tally)| (name, count(&tally, "keys"), count(&tally, "expiring"))).collect()
}
