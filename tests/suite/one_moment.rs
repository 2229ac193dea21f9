//! Sources that are written at full speed while their keys are read, over a slow line: the expiry and the value of a key
//! are of one moment.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::{Kind, Pipeline, Ran, Scene, StopFlag, Value, assert_same_within, in_pieces, meanwhile, words};

/// Keys that each run reads.
const KEYS: u64 = 500;
/// Less than the bytes of two commands: almost every command arrives alone.
const SMALL_PIECE: usize = 50;
/// The bytes of a usual packet.
const PACKET: usize = 1448;
/// Before Redis 7.0, an expiry is computed from a clock.
const TOLERANCE_MS: u64 = 10;

/// How many keys are read while they are written. `MIGRATOR_TEST_READS=100000` is a full test.
fn reads() -> u64 {
    std::env::var("MIGRATOR_TEST_READS").map_or(2000, |text| text.parse().expect("`MIGRATOR_TEST_READS` is a number"))
}

/// Unix time in ms, tomorrow.
fn tomorrow() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set");
    i64::try_from(now.as_millis()).expect("the time fits into 63 bits") + 86_400_000
}

/// When a key expires whose value is this number: half of the numbers stand for keys that never expire.
fn expiry_of(number: i64, tomorrow: i64) -> Option<i64> {
    (number % 2 == 0).then(|| tomorrow + number % 1_000_000 * 1000)
}

/// Writes all keys again and again, each with a value that stands for its expiry.
fn write(scene: &Scene, tomorrow: i64, stop: &StopFlag) {
    let mut client = scene.source.client();
    let mut round = 0;
    while !stop.is_set() {
        round += 1;
        let mut pipeline = Pipeline::new();
        for key in 0..KEYS {
            // Each key has an expiry in every other round.
            let number = 2 * round + (round + i64::try_from(key).expect("it is small")) % 2;
            let key = format!("key:{key}");
            match expiry_of(number, tomorrow) {
                Some(at) => pipeline.add(words!["SET", key, number, "PXAT", at]),
                None => pipeline.add(words!["SET", key, number]),
            }
        }
        client.run_all(&pipeline);
    }
}

/// How many keys of the destination have the expiry of another value.
fn mixtures(scene: &Scene, tomorrow: i64) -> Vec<String> {
    let reading = scene.destination.reading();
    assert_eq!(reading.0.len() as u64, KEYS);
    let is_mixed = |expires_at: Option<i64>, value: &Value| {
        let Value::String(text) = value else { panic!("only strings are written") };
        let number = String::from_utf8_lossy(text).parse().expect("a number");
        match (expires_at, expiry_of(number, tomorrow)) {
            (Some(found), Some(right)) => found.abs_diff(right) > TOLERANCE_MS,
            (found, right) => found != right,
        }
    };
    let mixed = reading.0.values().filter(|key| is_mixed(key.expires_at, &key.value));
    mixed.map(|key| format!("{key:?}")).collect()
}

/// Reads the keys again and again, in pieces of so many bytes, as a user with these rules.
fn reads_no_mixture(kind: Kind, piece: usize, user: Option<&str>) {
    let scene = Scene::between(kind, kind);
    let line = in_pieces(scene.source.port(), piece);
    let mut settings = vec![format!("source.port={line}")];
    settings.extend(user.into_iter().flat_map(|rules| log_in(&scene, rules)));
    let tomorrow = tomorrow();
    scene.job("");
    for _ in 0..reads().div_ceil(KEYS) {
        scene.destination.run(words!["FLUSHALL"]);
        let ((), ran) = meanwhile(
            |stop| write(&scene, tomorrow, stop),
            || {
                while scene.source.size() < i64::try_from(KEYS).expect("it is small") {}
                scene.prepare_job(&settings).run()
            },
        );
        ran.exits(0).outcomes("all", &format!("copied {KEYS}"));
        let mixtures = mixtures(&scene, tomorrow);
        assert!(mixtures.is_empty(), "{kind:?}: {} of {KEYS} keys are mixed: {:?}", mixtures.len(), mixtures[0]);
    }
}

/// Creates a user with these rules at the source; returns the settings that log in as this user.
fn log_in(scene: &Scene, rules: &str) -> [String; 2] {
    let rules = format!("ACL SETUSER reader on >secret {rules}");
    scene.source.run(rules.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
    ["source.username=reader".to_owned(), "source.password=secret".to_owned()]
}

macro_rules! kinds {
    ($($name:ident: $kind:ident;)*) => {$(
        #[test]
        fn $name() {
            reads_no_mixture(Kind::$kind, SMALL_PIECE, None);
        }
    )*};
}

kinds! {
    expiry_and_value_are_of_one_moment_on_redis_6_2: Redis62;
    expiry_and_value_are_of_one_moment_on_redis_7_0: Redis70;
    expiry_and_value_are_of_one_moment_on_redis_8_2: Redis82;
    expiry_and_value_are_of_one_moment_on_valkey_9_1: Valkey91;
}

#[test]
fn expiry_and_value_are_of_one_moment_for_a_user_without_transactions() {
    for kind in Kind::ALL {
        for rules in ["~* +@all -multi", "~* +@all -exec"] {
            reads_no_mixture(kind, PACKET, Some(rules));
        }
    }
}

/// Runs as a user with these rules.
fn run_as(scene: &Scene, rules: &str) -> Ran {
    let login = log_in(scene, rules);
    scene.job("").prepare_job(&login).run()
}

#[test]
fn a_user_without_transactions_moves_every_key() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        scene.source.fill(300);
        scene.source.run(words!["PEXPIRE", "key:7", 3_600_000]);
        run_as(&scene, "~* +@all -multi").exits(0).outcomes("all", "copied 300");
        assert_eq!(scene.source.calls("multi"), 0, "{kind:?}");
        assert_same_within(&scene.source.reading(), &scene.destination.reading(), TOLERANCE_MS);
    }
}

#[test]
fn a_key_that_the_user_may_not_read_fails_alone() {
    for kind in Kind::ALL {
        for rules in ["~key:1* +@all", "~key:1* +@all -multi"] {
            let scene = Scene::between(kind, kind);
            scene.source.fill(1000);
            // The keys 1, 10–19 and 100–199.
            let ran = run_as(&scene, rules).exits(1).outcomes("all", "copied 111, failed 889");
            ran.stderr_lacks("EXECABORT");
            let log = scene.read("redis-keys-migrator-error.log");
            assert_eq!(log.lines().filter(|line| line.contains("NOPERM")).count(), 889, "{kind:?}: {log}");
        }
    }
}

#[test]
fn a_key_that_changes_its_type_is_moved_only_with_a_type_that_the_job_moves() {
    for (kind, types) in [(Kind::Redis62, "[\"string\"]"), (Kind::Redis70, "[\"string\", \"list\"]")] {
        let scene = Scene::between(kind, kind);
        let line = in_pieces(scene.source.port(), SMALL_PIECE);
        scene.job(&format!("types = {types}"));
        let change = |stop: &StopFlag| {
            let mut client = scene.source.client();
            let mut round = 0;
            while !stop.is_set() {
                round += 1;
                let mut pipeline = Pipeline::new();
                for number in 0..KEYS {
                    let key = format!("key:{number}");
                    pipeline.add(words!["DEL", key]);
                    if (round + number) % 2 == 0 {
                        pipeline.add(words!["SET", key, "text"]);
                    } else {
                        pipeline.add(words!["HSET", key, "field", "value"]);
                    }
                }
                client.run_all(&pipeline);
            }
        };
        let ((), ran) = meanwhile(change, || {
            while scene.source.size() == 0 {}
            scene.prepare_job(&[format!("source.port={line}")]).run()
        });
        let ran = ran.exits(0);
        ran.assert_account("all");
        let arrived = scene.destination.reading();
        assert_eq!(ran.count("all", "copied"), arrived.0.len() as u64);
        assert!(arrived.0.values().all(|key| key.value == Value::String(b"text".to_vec())), "{kind:?}: {arrived:?}");
        assert!(ran.count("all", "filtered") > 0, "{}", ran.report());
    }
}
