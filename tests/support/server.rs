//! A real server that lives as long as its guard.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use super::guard::{Guard, READY, StartError};
use super::slots::Slot;
use super::{Client, Kind, Pipeline, Reading, Reply, words};

/// The line of a server's log when it begins to load a file.
const LOADING: &str = "Loading RDB";
/// How long a test waits for a reply that it expects.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a port of its own, in a folder of its own, stopped when this is dropped.
pub struct Server {
    kind: Kind,
    guard: Guard,
    _slot: Arc<Slot>,
}

impl Server {
    /// Starts an empty server.
    pub fn start(kind: Kind) -> Self {
        Self::with(kind, &[])
    }

    /// Starts a server with further arguments, such as `["--maxmemory", "10mb"]`.
    pub fn with(kind: Kind, arguments: &[&str]) -> Self {
        Self::from_folder(kind, new_folder(), arguments, READY)
    }

    /// Starts a server that loads a copy of an RDB file.
    pub fn on_backup(kind: Kind, rdb: &Path, arguments: &[&str]) -> Self {
        Self::from_folder(kind, folder_with(rdb), arguments, READY)
    }

    /// The same, but does not wait until everything is loaded.
    pub fn loading(kind: Kind, rdb: &Path, arguments: &[&str]) -> Self {
        Self::from_folder(kind, folder_with(rdb), arguments, LOADING)
    }

    /// The same, but returns `None` if the server cannot load the file.
    pub fn try_on_backup(kind: Kind, rdb: &Path) -> Option<Self> {
        Self::try_from_folder(kind, folder_with(rdb), &[], READY).ok()
    }

    fn from_folder(kind: Kind, folder: TempDir, arguments: &[&str], ready: &'static str) -> Self {
        let started = Self::try_from_folder(kind, folder, arguments, ready);
        started.unwrap_or_else(|error| panic!("{}: {error}", kind.name()))
    }

    fn try_from_folder(
        kind: Kind,
        folder: TempDir,
        arguments: &[&str],
        ready: &'static str,
    ) -> Result<Self, StartError> {
        let slot = Slot::take();
        let arguments = [kind.debug_arguments(), arguments].concat().into_iter().map(str::to_owned).collect();
        Ok(Self { kind, guard: Guard::start(kind.program(), folder, arguments, ready)?, _slot: slot })
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.guard.port()
    }

    /// The Unix socket that it listens on as well.
    pub fn socket(&self) -> PathBuf {
        self.guard.socket()
    }

    /// Its own folder.
    pub fn folder(&self) -> &Path {
        self.guard.folder()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        self.guard.log()
    }

    /// A connection to database 0.
    pub fn client(&self) -> Client {
        self.db(0)
    }

    /// A connection to a database, logged in if the server has a password.
    pub fn db(&self, index: u16) -> Client {
        let mut client = self.guard.connect();
        if let Some(password) = self.guard.argument("--requirepass") {
            client.run(words!["AUTH", password]);
        }
        if index > 0 {
            client.run(words!["SELECT", index]);
        }
        client
    }

    /// Sends one command to database 0.
    #[track_caller]
    pub fn run(&self, words: impl AsRef<[Vec<u8>]>) -> Reply {
        self.client().run(words)
    }

    /// Writes the strings `key:0` to `key:<count - 1>` into database 0.
    pub fn fill(&self, count: usize) {
        let mut pipeline = Pipeline::new();
        for number in 0..count {
            pipeline.add(words!["SET", format!("key:{number}"), format!("value {number}")]);
        }
        self.client().run_all(&pipeline);
    }

    /// Everything that database 0 holds.
    pub fn reading(&self) -> Reading {
        Reading::of(&mut self.client())
    }

    /// Saves its data, and returns the path of the file.
    pub fn save(&self) -> PathBuf {
        self.run(words!["SAVE"]);
        self.folder().join("dump.rdb")
    }

    /// How many times a command was called.
    pub fn calls(&self, command: &str) -> u64 {
        let stats = self.run(words!["INFO", "commandstats"]).text();
        let line = format!("cmdstat_{command}:calls=");
        let calls = stats.lines().find_map(|text| text.strip_prefix(&line)?.split(',').next()?.parse().ok());
        calls.unwrap_or(0)
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How often a command has succeeded, by `INFO commandstats`. Redis 6.2 does not count failed calls: there, the one call
    /// of pre-flight, which always fails, is subtracted.
    pub fn succeeded(&self, command: &str) -> u64 {
        let stats = self.run(words!["INFO", "commandstats"]).text();
        let line = format!("cmdstat_{command}:calls=");
        let failed = stats.lines().find(|text| text.starts_with(&line)).and_then(|text| {
            text.split(',')
                .find_map(|field| field.strip_prefix("failed_calls="))
                .and_then(|count| count.trim().parse::<u64>().ok())
        });
        let calls = self.calls(command);
        calls - failed.unwrap_or(calls.min(1))
    }

    /// Waits until the reply to a command contains this.
    #[track_caller]
    pub fn until_reply_has(&self, text: &str, words: impl AsRef<[Vec<u8>]>) {
        let deadline = Instant::now() + PATIENCE;
        while !self.run(words.as_ref()).text().contains(text) {
            assert!(Instant::now() < deadline, "no reply contains `{text}`; log:\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many keys database 0 holds.
    pub fn size(&self) -> i64 {
        self.run(words!["DBSIZE"]).integer()
    }

    /// Suspends it: connections stay open, but nothing is answered.
    pub fn pause(&self) {
        self.guard.signal(Signal::STOP);
    }

    /// Ends [`Server::pause`].
    pub fn resume(&self) {
        self.guard.signal(Signal::CONT);
    }

    /// Kills it. Connections break, and its data is lost.
    pub fn stop(&self) {
        self.guard.stop();
    }

    /// Starts it again on the same port, after [`Server::stop`].
    pub fn start_again(&self) {
        self.guard.start_again().unwrap_or_else(|error| panic!("port {}: {error}", self.port()));
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "libtest shows it with the test that failed")]
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("log of {} on port {}:\n{}", self.kind.name(), self.port(), self.log());
        }
    }
}

fn new_folder() -> TempDir {
    TempDir::with_prefix("server-").expect("a temporary folder")
}

fn folder_with(rdb: &Path) -> TempDir {
    let folder = new_folder();
    fs::copy(rdb, folder.path().join("dump.rdb")).expect("the backup can be copied");
    folder
}
