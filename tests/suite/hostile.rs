//! A server, or a proxy before it, answers each command with every hostile reply: the program ends in time, with a clear
//! message, in little memory, and reports nothing that is not true.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{
    Answer, Impostor, Kind, Pipeline, Ran, Random, Scene, Server, differences, hostile_replies, words,
};

/// What both servers require. It has characters that texts escape.
const SECRET: &str = "zQh\u{202e}unter%2\"\\2\u{1b}7w";
const KEYS: usize = 30;
/// `response_timeout` of both endpoints.
const TIMEOUT: Duration = Duration::from_millis(400);
/// A run may take so long: it may wait for several replies, and the machine may be busy.
const LONGEST: Duration = Duration::from_secs(20);
const MOST_MEMORY: u64 = 128 << 20;
/// Replies of each mode and side in a run of the suite.
const SAMPLE: usize = 6;
/// The commands whose second word says what they do.
const CONTAINERS: [&str; 8] = ["ACL", "CLIENT", "CLUSTER", "CONFIG", "FUNCTION", "INFO", "MEMORY", "MODULE"];
const SIDES: [&str; 2] = ["source", "destination"];

/// A way to use the servers, which decides which commands are sent.
#[derive(Clone, Copy)]
struct Mode {
    kind: Kind,
    lines: &'static str,
    arguments: &'static [&'static str],
    is_backup: bool,
}

const RUN: &[&str] = &["run", "job.toml", "--report", "report.json"];

const COPY: Mode = Mode { kind: Kind::Redis70, lines: "", arguments: RUN, is_backup: false };
const REPLACE: Mode = Mode { kind: Kind::Redis62, lines: "on_existing = \"replace\"\nlanes = 4", ..COPY };
const PACED: Mode = Mode {
    kind: Kind::Valkey91,
    lines: "types = [\"string\", \"hash\"]\nsleep = \"1ms\"\nmax_source_latency = \"1s\"",
    ..COPY
};
const DRY_RUN: Mode =
    Mode { kind: Kind::Redis82, arguments: &["run", "job.toml", "--dry-run", "--report", "report.json"], ..COPY };
const CHECK: Mode = Mode { arguments: &["check", "job.toml", "--connect"], ..COPY };
const BACKUP: Mode = Mode { is_backup: true, lines: "functions = true", ..COPY };

/// Two servers with a password, and a job between them.
struct Setup {
    mode: Mode,
    scene: Scene,
}

impl Setup {
    fn new(mode: Mode) -> Self {
        let scene = Scene::between(mode.kind, mode.kind);
        let mut pipeline = Pipeline::new();
        for number in 0..KEYS {
            match number % 3 {
                0 => pipeline.add(words!["SET", format!("key:{number}"), format!("value {number}")]),
                1 => pipeline.add(words!["SET", format!("key:{number}"), number, "EX", 100_000]),
                _ => pipeline.add(words!["HSET", format!("key:{number}"), "field", number]),
            }
        }
        scene.source.client().run_all(&pipeline);
        if mode.is_backup {
            let library = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
            scene.source.run(words!["FUNCTION", "LOAD", library]);
            scene.source.run(words!["SAVE"]);
            fs::copy(scene.source.folder().join("dump.rdb"), scene.folder().join("dump.rdb")).expect("a backup");
        }
        scene.secret_file("secret", SECRET);
        for server in [&scene.source, &scene.destination] {
            server.run(words!["ACL", "SETUSER", "mover", "on", "+@all", "~*", format!(">{SECRET}")]);
        }
        Self { mode, scene }
    }

    /// The sides that are servers.
    fn sides(&self) -> &'static [&'static str] {
        if self.mode.is_backup { &SIDES[1..] } else { &SIDES }
    }

    /// Runs the mode's command, with the server of a side behind a rule; also returns its peak memory.
    fn run(&self, side: &str, rule: impl FnMut(&[Vec<u8>]) -> Answer + Send + 'static) -> (Ran, u64, Duration) {
        let Self { mode, scene } = self;
        self.empty_destination();
        let impostor = Impostor::before(scene.server(side).port(), rule);
        let table = |name: &str, server: &Server| {
            let port = if name == side { impostor.port() } else { server.port() };
            let limits =
                format!("connect_timeout = \"1s\"\nresponse_timeout = \"{}ms\"\nretry = \"0s\"", TIMEOUT.as_millis());
            format!(
                "[job.{name}]\nhost = \"127.0.0.1\"\nport = {port}\nusername = \"mover\"\npassword_file = \"secret\"\n{limits}\n"
            )
        };
        let source = if mode.is_backup {
            "[job.source]\nrdb = \"dump.rdb\"\n".to_owned()
        } else {
            table("source", &scene.source)
        };
        let sleep = if mode.lines.contains("sleep") { "" } else { "sleep = \"0s\"\n" };
        let head = format!("[[job]]\nname = \"all\"\n{sleep}{}\n", mode.lines);
        scene.file("job.toml", &[head, source, table("destination", &scene.destination)].concat());
        let _ = fs::remove_file(scene.folder().join("report.json"));
        let start = Instant::now();
        let mut running = scene.prepare(mode.arguments).spawn();
        let mut peak = 0;
        while !running.has_ended() && start.elapsed() < LONGEST {
            peak = running.peak_memory().unwrap_or(peak).max(peak);
            std::thread::sleep(Duration::from_millis(1));
        }
        let took = start.elapsed();
        (running.wait(), peak, took)
    }

    fn empty_destination(&self) {
        let destination = &self.scene.destination;
        destination.run(words!["FLUSHALL"]);
        if self.mode.is_backup {
            destination.run(words!["FUNCTION", "FLUSH"]);
        }
        if self.mode.lines.contains("replace") {
            destination.fill(KEYS / 2);
        }
    }

    /// The commands that a side receives, and how often.
    fn commands(&self, side: &str) -> BTreeMap<String, u64> {
        let seen = Arc::new(Mutex::new(BTreeMap::new()));
        let all = Arc::clone(&seen);
        let (ran, ..) = self.run(side, move |words| {
            *all.lock().expect("no panic").entry(command(words)).or_default() += 1;
            Answer::Real
        });
        ran.exits(0);
        let seen = seen.lock().expect("no panic").clone();
        assert!(seen.len() > 8, "{seen:?}");
        seen
    }

    /// Runs with one hostile reply, to the command's occurrence of this number.
    fn suffers(&self, side: &'static str, hostile: &str, at: u64, (name, answer): &(String, Answer)) {
        let (mut left, wanted, answer) = (at, hostile.to_owned(), answer.clone());
        let (ran, peak, took) = self.run(side, move |words| {
            if command(words) != wanted {
                return Answer::Real;
            }
            let is_it = left == 0;
            left = left.wrapping_sub(1);
            if is_it { answer.clone() } else { Answer::Real }
        });
        let what =
            format!("{:?} {:?}: {side}: `{name}` for {hostile} number {at}", self.mode.kind, self.mode.arguments);
        let output = format!("{what}: exit code {}\n{}{}", ran.code(), ran.stdout, ran.stderr);
        assert!(took < LONGEST, "{took:?}: {output}");
        assert!(peak <= MOST_MEMORY, "{} MiB: {output}", peak >> 20);
        assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("internal error"), "{output}");
        self.is_clean(&ran, &output);
        let is_lie = match hostile {
            "SCAN" => name.starts_with("instead *2"),
            "TYPE" => name.starts_with("instead +none"),
            _ => false,
        };
        self.is_true(&ran, is_lie, &output);
    }

    /// Nothing that was printed or written has the secret, or controls a terminal.
    fn is_clean(&self, ran: &Ran, output: &str) {
        let report = fs::read_to_string(self.scene.folder().join("report.json")).unwrap_or_default();
        let log = fs::read_to_string(self.scene.folder().join("redis-keys-migrator-error.log")).unwrap_or_default();
        assert!(report.is_empty() || serde_json::from_str::<serde_json::Value>(&report).is_ok(), "{report}");
        for text in [&ran.stdout, &ran.stderr, &report, &log] {
            let is_unsafe =
                |letter: char| (letter.is_control() && letter != '\n') || "\u{202e}\u{2028}\u{2066}".contains(letter);
            assert!(!text.contains(is_unsafe), "{text:?}\n{output}");
            assert!(!text.contains("unter"), "{text}\n{output}");
            assert!(text.lines().all(|line| line.chars().count() < 1500), "a long line: {output}");
        }
        assert!(!ran.stderr.contains("\nerror: forged"), "{output}");
    }

    /// Success is claimed only if the destination is right, and everything else has a message. A lie, such as a page
    /// without its keys that has the form of a true one, cannot be noticed.
    fn is_true(&self, ran: &Ran, is_lie: bool, output: &str) {
        let has_message = ran.stderr.lines().any(|line| line.starts_with("error: ") && line.len() > 40);
        match ran.code() {
            0 if !is_lie && self.mode.arguments[0] == "run" && !self.mode.arguments.contains(&"--dry-run") => {
                let [source, destination] = [&self.scene.source, &self.scene.destination].map(Server::reading);
                let found = differences(&source, &destination, 1000);
                assert!(found.is_empty(), "{found:?}\n{output}");
            }
            0 => {}
            // Single keys were refused.
            1 => assert!(ran.count("all", "failed") > 0 || ran.stderr.contains("function library"), "{output}"),
            3 | 6 => assert!(has_message, "{output}"),
            _ => panic!("{output}"),
        }
        if self.mode.arguments[0] == "run" && self.scene.folder().join("report.json").exists() {
            ran.assert_account("all");
        }
    }
}

/// A command's name, and its second word if that is a part of it.
fn command(words: &[Vec<u8>]) -> String {
    let first = String::from_utf8_lossy(&words[0]).into_owned();
    match words.get(1) {
        Some(second) if CONTAINERS.contains(&first.as_str()) => {
            format!("{first} {}", String::from_utf8_lossy(second).to_ascii_uppercase())
        }
        _ => first,
    }
}

/// Every command with every reply, or a sample. All failures are reported, not only the first one.
fn all_or_some(mode: Mode) {
    let setup = Setup::new(mode);
    let is_all = std::env::var("MIGRATOR_TEST_HOSTILE").is_ok_and(|value| value == "all");
    let seed = std::env::var("MIGRATOR_TEST_SEED").map_or(1, |text| text.parse().expect("a number"));
    let (mut random, replies) = (Random::new(seed), hostile_replies(SECRET));
    let mut failures = 0;
    for &side in setup.sides() {
        let commands = setup.commands(side);
        let every = commands.keys().flat_map(|command| replies.iter().map(move |reply| (command, reply)));
        let mut pairs: Vec<(&String, &(String, Answer))> = every.collect();
        assert!(pairs.len() >= 30 * commands.len(), "{} pairs", pairs.len());
        if !is_all {
            pairs = (0..SAMPLE).map(|_| *random.pick(&pairs)).collect();
        }
        for (command, reply) in pairs {
            let at = random.below(commands[command]);
            let suffered = catch_unwind(AssertUnwindSafe(|| setup.suffers(side, command, at, reply)));
            failures += usize::from(suffered.is_err());
        }
    }
    assert!(failures == 0, "{failures} failures");
}

#[test]
fn hostile_replies_to_a_copy() {
    all_or_some(COPY);
}

#[test]
fn hostile_replies_to_a_copy_that_replaces() {
    all_or_some(REPLACE);
}

#[test]
fn hostile_replies_to_a_paced_copy() {
    all_or_some(PACED);
}

#[test]
fn hostile_replies_to_a_dry_run() {
    all_or_some(DRY_RUN);
}

#[test]
fn hostile_replies_to_a_check() {
    all_or_some(CHECK);
}

#[test]
fn hostile_replies_to_a_restored_backup() {
    all_or_some(BACKUP);
}
