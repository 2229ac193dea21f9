//! Which keys of a file are meant, and what becomes of those that the destination has, or that have expired.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{CAREFUL, Dataset, Kind, Pipeline, Ran, RdbFile, Scene, Server, Value, assert_same, words};

const YEAR_2100: i64 = 4_102_444_800_000;

/// The names that have arrived, in order.
fn arrived(scene: &Scene) -> Vec<String> {
    scene.destination.reading().0.into_keys().map(|key| String::from_utf8_lossy(&key).into_owned()).collect()
}

fn shop() -> Scene {
    let scene = Scene::new();
    let keys = ["session:1", "session:2", "cart:1", "cart:tmp:1", "basket:1", "user:1"];
    let file = keys.iter().fold(RdbFile::new(), |file, key| file.string(key, "v"));
    scene.backup(&file.finished());
    scene
}

#[test]
fn keys_are_chosen_by_patterns_and_all_others_are_filtered() {
    let cases: [(&str, &str, &[&str]); 5] = [
        ("match = \"session:*\"", "copied 2, filtered 4", &["session:1", "session:2"]),
        ("match = [\"cart:*\", \"basket:*\", \"c*1\"]", "copied 3, filtered 3", &["basket:1", "cart:1", "cart:tmp:1"]),
        ("match = \"cart:*\"\nexclude = \"cart:tmp:*\"", "copied 1, filtered 5", &["cart:1"]),
        ("exclude = [\"session:[12]\", \"?art:*\"]", "copied 2, filtered 4", &["basket:1", "user:1"]),
        ("match = \"nobody\"", "filtered 6", &[]),
    ];
    for (lines, outcomes, names) in cases {
        for sleep in ["0s", "1ms"] {
            let scene = shop();
            scene.run_backup(&format!("{lines}\nsleep = \"{sleep}\"")).exits(0).outcomes("all", outcomes);
            assert_eq!(arrived(&scene), names, "{lines}");
        }
    }
}

#[test]
fn keys_are_chosen_by_one_type_or_by_several() {
    let scene = Scene::new();
    Dataset::mixed(400).fill(&mut scene.source.client());
    scene.save();
    let source = scene.source.reading();
    for types in [&["hash"][..], &["hash", "stream", "zset"], &["string", "list", "set"]] {
        let name = |value: &Value| match value {
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Hash(_) => "hash",
            Value::SortedSet(_) => "zset",
            Value::Stream(_) => "stream",
            Value::Other(..) => "other",
        };
        let mut wanted = source.clone();
        wanted.0.retain(|_, entry| types.contains(&name(&entry.value)));
        scene.destination.run(words!["FLUSHALL"]);
        let ran = scene.run_backup(&format!("types = {types:?}")).exits(0);
        ran.outcomes("all", &format!("copied {}, filtered {}", wanted.0.len(), 400 - wanted.0.len()));
        assert_same(&wanted, &scene.destination.reading());
    }
}

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
fn a_key_that_somebody_writes_meanwhile_is_existing_and_stays() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(3000).finished());
    scene.backup_job("max_keys_per_second = 1000\npipeline_batch_size = 50");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    let theirs = (0..3000).rev().map(|number| words!["SET", format!("key:{number}"), "theirs", "NX"]);
    let mut pipeline = Pipeline::new();
    theirs.for_each(|words| pipeline.add(words));
    let replies = scene.destination.client().run_all(&pipeline);
    let theirs = replies.iter().filter(|reply| **reply != crate::support::Reply::Nil).count();
    running.wait().exits(0).outcomes("all", &format!("copied {}, existing {theirs}", 3000 - theirs));
    let reading = scene.destination.reading();
    let stayed = reading.0.values().filter(|entry| entry.value == Value::String(b"theirs".to_vec())).count();
    assert_eq!(stayed, theirs);
}

/// Three keys whose time has come, of which one was due before there were computers, and three others.
fn with_expired() -> Scene {
    let scene = Scene::new();
    let expired = |file: RdbFile, key: &str, at| file.expiring(at).string(key, "old");
    let file = expired(RdbFile::new().strings(2), "gone:1", 1_000_000_000_000);
    let file = expired(expired(file, "gone:2", 1), "gone:3", -5);
    scene.backup(&file.expiring(YEAR_2100 + 123).string("later", "v").finished());
    scene
}

#[test]
fn keys_whose_time_has_come_are_vanished_and_not_sent() {
    for lines in ["", "sleep = \"1ms\"", "on_existing = \"replace\"", "types = [\"string\"]"] {
        let scene = with_expired();
        scene.destination.run(words!["SET", "gone:1", "own"]);
        scene.run_backup(lines).exits(0).outcomes("all", "copied 3, vanished 3");
        assert_eq!(arrived(&scene), ["gone:1", "key:0", "key:1", "later"], "{lines}");
        let reading = scene.destination.reading();
        assert_eq!(reading.key("gone:1").value, Value::String(b"own".to_vec()));
        assert_eq!(reading.key("later").expires_at, Some(YEAR_2100 + 123));
        // One try by pre-flight, one by the run.
        assert_eq!(scene.destination.calls("restore"), 2 + 3, "{lines}");
    }
}

#[test]
fn keys_whose_time_has_come_are_filtered_where_the_job_is_not_for_them() {
    let scene = with_expired();
    scene.run_backup("match = \"key:*\"").exits(0).outcomes("all", "copied 2, filtered 4");
}

#[test]
fn a_dry_run_and_check_tell_of_keys_whose_time_has_come() {
    let scene = with_expired();
    scene.backup_job("");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    dry.exits(0).outcomes("all", "copied 3, vanished 3");
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(0);
    let words: Vec<&str> = ran.stdout.lines().nth(2).expect("a row").split_whitespace().collect();
    assert_eq!(words[..5], ["0", "string", "6", "4", "3"], "{}", ran.stdout);
}

#[test]
fn a_key_that_expires_on_its_way_never_becomes_immortal() {
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
    assert_eq!(arrived(&scene), [""; 0], "a key outlived its expiry");
}

#[test]
fn a_dry_run_counts_what_a_run_does_and_writes_nothing() {
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
    let dry = dry.outcomes("all", "copied 1450, existing 50").prints("dry run");
    let dry = dry.prints("all: libraries of functions: 1 found, to be restored");
    assert_same(&before, &scene.destination.reading());
    assert_eq!(scene.destination.run(words!["FUNCTION", "LIST"]).array().len(), 0);
    assert_eq!(scene.destination.calls("restore"), 2);
    let (told, estimated) = (by_type(&dry), dry.job("all")["bytes"].as_f64().expect("a number"));

    let real = scene.run_backup("functions = true").exits(0).outcomes("all", "copied 1450, existing 50");
    assert_eq!(told, by_type(&real));
    let written = real.job("all")["bytes"].as_f64().expect("a number");
    assert!((0.5..2.0).contains(&(estimated / written)), "{estimated} bytes were estimated, {written} were written");
}

/// Keys and expiring keys of each type, out of the report.
fn by_type(ran: &Ran) -> Vec<(String, u64, u64)> {
    let types = ran.job("all")["by_type"].as_object().expect("a table").clone();
    let count = |tally: &serde_json::Value, name: &str| tally[name].as_u64().expect("a number");
    types.into_iter().map(|(name, tally)| (name, count(&tally, "keys"), count(&tally, "expiring"))).collect()
}

/// Hashes whose fields expire, as Redis 8.2 writes them: a destination before 7.4 can hold none.
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
fn a_job_stops_at_its_error_limit_and_what_was_in_flight_is_counted() {
    let scene = unfit(4000);
    for sleep in ["0s", "5ms"] {
        let ran = scene.run_backup(&format!("max_errored_keys = 5\npipeline_batch_size = 10\nsleep = \"{sleep}\""));
        let ran = ran.exits(4).says("`max_errored_keys` is 5");
        let failed = ran.count("all", "failed");
        assert!((5..4000).contains(&failed), "{failed} failed");
        assert_eq!(ran.count("all", "scanned"), failed);
        assert_eq!(scene.read("redis-keys-migrator-error.log").lines().count() as u64, failed);
    }
}

#[test]
fn fields_that_cannot_expire_are_carried_without_that_where_the_job_says_so() {
    let scene = unfit(20);
    scene.run_backup("on_unsupported = \"drop-field-ttl\"").exits(0).outcomes("all", "copied 20");
    let fields = scene.destination.run(words!["HGETALL", "h:7"]).array();
    assert_eq!(fields.into_iter().map(crate::support::Reply::text).collect::<Vec<_>>(), ["f", "v"]);
}

/// How long a run takes.
fn timed(scene: &Scene, lines: &str) -> (Ran, Duration) {
    let began = Instant::now();
    (scene.run_backup(lines), began.elapsed())
}

#[test]
fn keys_and_bytes_a_second_are_limited() {
    let scene = Scene::new();
    let large = |file: RdbFile, number| file.string(format!("large:{number}"), vec![b'x'; 10_000]);
    scene.backup(&(0..100).fold(RdbFile::new().strings(900), large).finished());
    for limit in ["max_keys_per_second = 1000", "max_bytes_per_second = \"1MB\""] {
        scene.destination.run(words!["FLUSHALL"]);
        let (ran, took) = timed(&scene, limit);
        ran.exits(0).outcomes("all", "copied 1000");
        assert!((700..3000).contains(&took.as_millis()), "{limit}: took {took:?}");
    }
}

#[test]
fn a_job_sleeps_after_pipelines_of_new_keys_and_after_so_many_existing_ones() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(40).finished());
    let sleeps = |lines: &str| {
        let (ran, took) = timed(&scene, &format!("sleep = \"300ms\"\n{lines}"));
        (ran.exits(0), took.as_millis() / 300)
    };
    let (ran, slept) = sleeps("pipeline_batch_size = 10");
    ran.outcomes("all", "copied 40").says("is held back by its pauses");
    assert_eq!(slept, 3);
    let (ran, slept) = sleeps("max_processed_existing_keys = 15");
    ran.outcomes("all", "existing 40");
    assert_eq!(slept, 2);
    scene.destination.run(words!["DEL", "key:3", "key:30"]);
    let (ran, slept) = sleeps("max_processed_existing_keys = 30\npipeline_batch_size = 1");
    ran.outcomes("all", "copied 2, existing 38");
    assert_eq!(slept, 2);
}

#[test]
fn pipelines_of_one_key_are_as_good_as_any() {
    for sleep in ["0s", "1ms"] {
        let scene = Scene::new();
        Dataset::mixed(200).fill(&mut scene.source.client());
        scene.save();
        let ran = scene.run_backup(&format!("pipeline_batch_size = 1\nsleep = \"{sleep}\""));
        ran.exits(0).outcomes("all", "copied 200");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn keys_that_are_there_are_not_read_into_pipelines_twice() {
    let scene = Scene::new();
    // One key twice, as no server writes it: the first that arrives stays.
    scene.backup(&RdbFile::new().string("twice", "one").string("twice", "two").finished());
    scene.run_backup("").exits(0).outcomes("all", "copied 1, existing 1");
    assert_eq!(scene.destination.reading().key("twice").value, Value::String(b"one".to_vec()));
    scene.run_backup("on_existing = \"replace\"").exits(0).outcomes("all", "replaced 2");
    assert_eq!(scene.destination.reading().key("twice").value, Value::String(b"two".to_vec()));
}

#[test]
fn keys_of_any_bytes_and_numbers_as_keys_arrive() {
    let scene = Scene::new();
    let keys: [&[u8]; 7] = [b"", b"\r\n", b"\x00", b"\xff\xfe", b"12", b"-32769", b"99999999999"];
    for key in keys {
        scene.source.run(words!["SET", key, key]);
    }
    scene.source.run(words!["SET", vec![b'k'; 70_000], "long"]);
    scene.save();
    scene.run_backup("").exits(0).outcomes("all", "copied 8");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn what_is_about_servers_only_is_said_to_have_no_effect() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(3).finished());
    let ran = scene.run_backup("lanes = 4\nscan_batch_size = 7\nmax_source_latency = \"2ms\"").exits(0);
    let said = "job `all`: without effect, as the source is a file: `scan_batch_size`, `lanes`, `max_source_latency`";
    ran.outcomes("all", "copied 3").says(said);
}
