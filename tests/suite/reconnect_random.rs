//! Random faults at random times, and then nothing but waiting: everything arrives.

use std::thread;
use std::time::Duration;

use crate::support::{Client, Dataset, Kind, Proxy, Random, Running, Scene, Server, at_once, differences, words};

const KEYS: u64 = 2500;
const SIDES: [&str; 2] = ["source", "destination"];
/// How many faults a run has at most.
const FAULTS: u64 = 3;
/// Shorter than the longest stall.
const RESPONSE_TIMEOUT: &str = "700ms";
/// Runs for so many microseconds.
const BUSY: &str = "local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end \
                    local till = now() + ARGV[1] repeat until now() >= till return 1";
const MODES: [&str; 3] = ["", "sleep = \"20ms\"", "lanes = 4"];

/// Each number gives other faults. `MIGRATOR_TEST_FAULTS=200` is a full test; `MIGRATOR_TEST_SEED` is the first number.
fn seeds() -> Vec<u64> {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
    };
    let first = number("MIGRATOR_TEST_SEED", 0);
    (first..first + number("MIGRATOR_TEST_FAULTS", 5)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Cut,
    Reset,
    CutAfterSomeBytes,
    StallOfTheLine,
    StallOfTheServer,
    Restart,
    Script,
    ClientKill,
    ClientPause,
    TooManyClients,
}

const ALL: [Fault; 10] = [
    Fault::Cut,
    Fault::Reset,
    Fault::CutAfterSomeBytes,
    Fault::StallOfTheLine,
    Fault::StallOfTheServer,
    Fault::Restart,
    Fault::Script,
    Fault::ClientKill,
    Fault::ClientPause,
    Fault::TooManyClients,
];

/// Two servers that keep their keys, with a line to each, and the faults of one seed.
struct Setup {
    scene: Scene,
    lines: [Proxy; 2],
    /// What happens, to be shown if the test fails.
    faults: Vec<(&'static str, Fault, Duration)>,
}

impl Setup {
    fn new(random: &mut Random) -> Self {
        let impatient = ["--busy-reply-threshold", "50"];
        let durable = [&impatient[..], &["--appendonly", "yes", "--appendfsync", "always"]].concat();
        let scene = Scene::of(Server::with(Kind::Redis70, &impatient), Server::with(Kind::Redis70, &durable));
        Dataset::mixed(KEYS).seeded(random.next()).fill(&mut scene.source.client());
        // A server that starts again loads this file.
        scene.source.save();
        let lines = SIDES.map(|side| Proxy::to(scene.server(side).port()));
        let one =
            |random: &mut Random| (*random.pick(&SIDES), *random.pick(&ALL), Duration::from_millis(random.below(1400)));
        let faults = (0..=random.below(FAULTS)).map(|_| one(random)).collect();
        Self { scene, lines, faults }
    }

    fn spawn(&self, random: &mut Random) -> Running<'_> {
        let mode = random.pick(&MODES);
        self.scene
            .job(&format!("max_keys_per_second = 2000\nscan_batch_size = 100\npipeline_batch_size = 100\n{mode}"));
        let mut settings = Vec::new();
        for (side, line) in SIDES.iter().zip(&self.lines) {
            settings.push(format!("{side}.port={}", line.port()));
            settings.push(format!("{side}.response_timeout={RESPONSE_TIMEOUT}"));
        }
        self.scene.prepare_job(&settings).spawn()
    }

    fn provoke(&self, (side, fault, length): (&str, Fault, Duration), random: &mut Random) {
        let (server, line) = (self.scene.server(side), &self.lines[usize::from(side == "destination")]);
        match fault {
            Fault::Cut => line.cut(),
            Fault::Reset => line.reset(),
            Fault::CutAfterSomeBytes => line.cut_after(random.below(20_000)),
            Fault::StallOfTheLine => {
                line.stall();
                thread::sleep(length);
                line.flow();
            }
            Fault::StallOfTheServer => {
                server.pause();
                thread::sleep(length);
                server.resume();
            }
            Fault::Restart => {
                server.stop();
                thread::sleep(length);
                server.start_again();
            }
            Fault::Script => drop(server.client().ask(words!["EVAL", BUSY, 0, length.as_micros().to_string()])),
            Fault::ClientKill => drop(server.run(words!["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])),
            Fault::ClientPause => drop(server.run(words!["CLIENT", "PAUSE", length.as_millis().to_string()])),
            Fault::TooManyClients => too_many_clients(&mut server.client(), length),
        }
    }
}

/// For a while, the server accepts no connection.
fn too_many_clients(client: &mut Client, length: Duration) {
    client.run(words!["CONFIG", "SET", "maxclients", 1]);
    client.run(words!["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    thread::sleep(length);
    client.run(words!["CONFIG", "SET", "maxclients", 1000]);
}

/// Runs with the faults of a seed.
#[expect(clippy::print_stderr, reason = "libtest shows it with the test that failed")]
fn run(seed: u64) {
    let mut random = Random::new(seed);
    let setup = Setup::new(&mut random);
    eprintln!("seed {seed}: {:?}", setup.faults);
    let mut running = setup.spawn(&mut random);
    running.until("a key arrives", |scene| scene.destination.size() > 0);
    for fault in &setup.faults {
        thread::sleep(Duration::from_millis(random.below(500)));
        if running.has_ended() {
            break;
        }
        setup.provoke(*fault, &mut random);
    }
    let ran = running.wait();
    let about = format!("seed {seed}: {:?}\n{}", setup.faults, ran.stderr);
    assert_eq!(ran.code(), 0, "{about}");
    let [scanned, matched, copied, existing] =
        ["scanned", "matched", "copied", "existing"].map(|name| ran.count("all", name));
    // After a restart, keys of the walk before it are existing.
    let earlier = if ran.restarts("all").is_empty() { 0 } else { existing };
    let found = (scanned, matched, copied, existing);
    assert_eq!(found, (KEYS, KEYS, KEYS - earlier, earlier), "{about}\n{}", ran.report());
    let differences = differences(&setup.scene.source.reading(), &setup.scene.destination.reading(), 0);
    assert!(differences.is_empty(), "{about}\n{differences:?}");
}

#[test]
fn random_faults_change_nothing() {
    at_once(&seeds(), run);
}
