//! A faulty proxy sends a reply too many or too few: no key gets a value or an outcome of another.

use std::collections::BTreeMap;

use crate::support::{
    CAREFUL, Faulty, Kind, Pipeline, Ran, Random, Reading, ReplyFault, Scene, Server, at_once, poison, words,
};

/// Keys that are moved, and keys that the destination has already.
const NEW: u64 = 700;
const EXISTING: u64 = 40;
/// Keys that the destination refuses.
const POISONED: u64 = 8;
/// The kinds that can have such keys.
const POISONABLE: [Kind; 2] = [Kind::Redis62, Kind::Redis70];
const SIDES: [&str; 2] = ["source", "destination"];
const LOG: &str = "redis-keys-migrator-error.log";
/// How keys are moved, and the outcome of keys that the destination has already.
const MODES: [(&str, &str); 5] = [
    ("pipeline_batch_size = 300", "existing"),
    ("pipeline_batch_size = 300\non_existing = \"replace\"", "replaced"),
    ("pipeline_batch_size = 100\nsleep = \"1ms\"", "existing"),
    ("types = [\"string\", \"hash\"]", "existing"),
    ("lanes = 4\nscan_batch_size = 20", "existing"),
];
/// Replies that a proxy may insert.
const OTHERS: [&[u8]; 7] = [b"+OK\r\n", b"+PONG\r\n", b"+QUEUED\r\n", b":1\r\n", b"$-1\r\n", b"*0\r\n", b"$1\r\nx\r\n"];

/// Each number gives other faults. `MIGRATOR_TEST_FAULTS=1000` is a full test; `MIGRATOR_TEST_SEED` is the first number.
fn seeds() -> Vec<u64> {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
    };
    let first = number("MIGRATOR_TEST_SEED", 0);
    (first..first + number("MIGRATOR_TEST_FAULTS", 60)).collect()
}

/// Two servers, whose keys are the same in every run.
struct Setup {
    scene: Scene,
    before: Reading,
    source: Reading,
    /// Keys that the destination refuses.
    poisoned: u64,
}

impl Setup {
    fn new(kind: Kind) -> Self {
        let scene = Scene::of(Server::start(kind), Server::with(kind, &CAREFUL));
        let poisoned = if POISONABLE.contains(&kind) { POISONED } else { 0 };
        for number in 0..poisoned {
            poison(&scene.source, format!("poison:{number}"));
        }
        let mut pipeline = Pipeline::new();
        for number in 0..NEW + EXISTING {
            let expiry = 4_102_444_800_000 + number * 1000;
            match number % 3 {
                0 => pipeline.add(words!["SET", key(number), format!("value {number}")]),
                1 => pipeline.add(words!["SET", key(number), number, "PXAT", expiry]),
                _ => pipeline.add(words!["HSET", key(number), "field", number]),
            }
        }
        scene.source.client().run_all(&pipeline);
        let setup = Self { source: scene.source.reading(), before: Reading(BTreeMap::new()), scene, poisoned };
        setup.fill_destination();
        Self { before: setup.scene.destination.reading(), ..setup }
    }

    /// The destination has a few keys with other values.
    fn fill_destination(&self) {
        let mut pipeline = Pipeline::new();
        pipeline.add(words!["FLUSHALL"]);
        for number in NEW..NEW + EXISTING {
            pipeline.add(words!["SET", key(number), "own"]);
        }
        self.scene.destination.client().run_all(&pipeline);
    }

    fn run(&self, mode: &str, side: &str, proxy: &Faulty) -> Ran {
        self.fill_destination();
        self.scene.job(mode);
        let setting = |name: &str, value: &str| format!("{side}.{name}={value}");
        let port = proxy.port().to_string();
        let settings = [setting("port", &port), setting("response_timeout", "500ms"), setting("retry", "10s")];
        self.scene.prepare_job(&settings).run()
    }
}

fn key(number: u64) -> String {
    format!("key:{number}")
}

/// Fails unless every key at the destination is as it was, or as at the source, and the report counts what is there.
fn is_exact(setup: &Setup, ran: &Ran, about: &str) {
    let arrived = setup.scene.destination.reading();
    let (mut copied, mut replaced) = (0, 0);
    for (key, reading) in &arrived.0 {
        let (before, source) = (setup.before.0.get(key), setup.source.0.get(key));
        let is_right = source.is_some_and(|source| is_same(source, reading)) || before == Some(reading);
        assert!(is_right, "{about}: {} is {reading:?}, not {source:?}", String::from_utf8_lossy(key));
        copied += u64::from(before.is_none());
        replaced += u64::from(before.is_some_and(|before| before != reading));
    }
    assert!(setup.before.0.keys().all(|key| arrived.0.contains_key(key)), "{about}: a key is gone");
    if ran.status_of("all") == "refused" {
        assert_eq!((copied, replaced), (0, 0), "{about}");
        return;
    }
    ran.assert_account("all");
    let [counted_copied, counted_replaced, existing, failed] =
        ["copied", "replaced", "existing", "failed"].map(|name| ran.count("all", name));
    assert!(
        counted_copied <= copied && copied <= counted_copied + failed,
        "{about}: {copied} copied: {}",
        ran.report()
    );
    assert!(counted_replaced <= replaced, "{about}: {replaced} replaced: {}", ran.report());
    assert!(existing <= EXISTING - replaced, "{about}: {}", ran.report());
    let log = std::fs::read_to_string(setup.scene.folder().join(LOG)).unwrap_or_default();
    // A reply that is missing is no reply of another key.
    let shared = ["it was sent, and no reply came", "the server refused every request"];
    let is_own = |line: &&str| !line.contains("key=\"poison:") && !shared.iter().any(|text| line.contains(text));
    let other = log.lines().filter(|line| line.contains("key=\"")).find(is_own);
    assert!(other.is_none(), "{about}: {other:?}");
}

/// Before Redis 7.0, an expiry is computed from a clock.
fn is_same(source: &crate::support::KeyReading, found: &crate::support::KeyReading) -> bool {
    let is_near = match (source.expires_at, found.expires_at) {
        (Some(one), Some(other)) => one.abs_diff(other) <= 10,
        (one, other) => one == other,
    };
    is_near && source.value == found.value
}

fn any_fault(random: &mut Random) -> ReplyFault {
    match random.below(4) {
        0 => ReplyFault::Twice,
        1 => ReplyFault::PairTwice,
        2 => ReplyFault::Dropped,
        _ => ReplyFault::After(random.pick::<&[u8]>(&OTHERS)),
    }
}

/// Runs with random faults at random replies of one side.
fn run(setup: &Setup, seed: u64, replies: &BTreeMap<(usize, &str), u64>) -> bool {
    let mut random = Random::new(seed);
    let mode = usize::try_from(random.below(MODES.len() as u64)).expect("an index");
    let side = *random.pick(&SIDES);
    // Every other fault is among the first replies, which belong to the login and pre-flight.
    let count = replies[&(mode, side)];
    let at = |random: &mut Random| if random.chance(20) { random.below(80) } else { random.below(count) };
    let faults: Vec<_> = (0..=random.below(3)).map(|_| (at(&mut random), any_fault(&mut random))).collect();
    let proxy = Faulty::to(setup.scene.server(side).port(), faults.clone());
    let ran = setup.run(MODES[mode].0, side, &proxy);
    let about = format!("seed {seed}: {side} {:?} {faults:?}\n{}", MODES[mode], ran.stderr);
    is_exact(setup, &ran, &about);
    if ran.code() != 3 {
        is_complete(setup, &ran, MODES[mode].1, &about);
    }
    ran.code() == 3
}

fn is_complete(setup: &Setup, ran: &Ran, there: &str, about: &str) {
    assert_eq!(ran.code(), i32::from(setup.poisoned > 0), "{about}");
    let counts = [("copied", NEW), (there, EXISTING), ("failed", setup.poisoned)];
    for (name, count) in counts {
        assert_eq!(ran.count("all", name), count, "{name}: {about}\n{}", ran.report());
    }
}

/// How many replies a run without faults has, by mode and side.
fn count_replies(setup: &Setup) -> BTreeMap<(usize, &'static str), u64> {
    let mut replies = BTreeMap::new();
    for (mode, (lines, there)) in MODES.into_iter().enumerate() {
        for side in SIDES {
            let proxy = Faulty::to(setup.scene.server(side).port(), []);
            let ran = setup.run(lines, side, &proxy);
            is_complete(setup, &ran, there, lines);
            is_exact(setup, &ran, lines);
            replies.insert((mode, side), proxy.replies());
        }
    }
    replies
}

#[test]
fn a_reply_too_many_or_too_few_gives_no_key_the_value_or_the_outcome_of_another() {
    let seeds = seeds();
    let share = seeds.len().div_ceil(Kind::ALL.len());
    let kinds: Vec<(Kind, &[u64])> = Kind::ALL.into_iter().zip(seeds.chunks(share)).collect();
    at_once(&kinds, |(kind, seeds)| {
        let setup = Setup::new(kind);
        let replies = count_replies(&setup);
        let noticed = seeds.iter().filter(|seed| run(&setup, **seed, &replies)).count();
        // Some faults change nothing: a reply that nothing waits for, or one of the control connection.
        assert!(noticed * 3 >= seeds.len(), "{kind:?}: only {noticed} of {} runs noticed a fault", seeds.len());
    });
}
