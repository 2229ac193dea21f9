//! A real server that lives as long as its guard.

use std::cell::RefCell;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::slots::Slot;
use super::{Client, Kind, Pipeline, Reading, Reply, words};

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// What a server's log says when it can be used.
const READY: &str = "Ready to accept connections";
/// What it says when it has begun to load a file.
const LOADING: &str = "Loading RDB";

/// A server on a port of its own, in a folder of its own, stopped when this is dropped.
pub struct Server {
    kind: Kind,
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
    process: RefCell<Option<Child>>,
    ready: &'static str,
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

    /// Starts a server on an RDB file, of which it gets a copy.
    pub fn on_backup(kind: Kind, rdb: &Path, arguments: &[&str]) -> Self {
        Self::from_folder(kind, folder_with(rdb), arguments, READY)
    }

    /// The same, but does not wait until everything is loaded.
    pub fn loading(kind: Kind, rdb: &Path, arguments: &[&str]) -> Self {
        Self::from_folder(kind, folder_with(rdb), arguments, LOADING)
    }

    /// The same, where the server may not be able to load the file: then there is none.
    pub fn try_on_backup(kind: Kind, rdb: &Path) -> Option<Self> {
        Self::try_from_folder(kind, folder_with(rdb), &[], READY).ok()
    }

    fn from_folder(kind: Kind, folder: TempDir, arguments: &[&str], ready: &'static str) -> Self {
        Self::try_from_folder(kind, folder, arguments, ready).unwrap_or_else(|why| panic!("{why}"))
    }

    fn try_from_folder(kind: Kind, folder: TempDir, arguments: &[&str], ready: &'static str) -> Result<Self, String> {
        let mut server = Self {
            kind,
            port: 0,
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            folder,
            process: RefCell::new(None),
            ready,
            _slot: Slot::take(),
        };
        // Between our asking for a free port and the server's taking it, somebody else may.
        for _ in 0..20 {
            match server.launch(free_port()) {
                Launch::Ready => return Ok(server),
                Launch::PortTaken => {}
                Launch::Ended(why) => return Err(why),
            }
        }
        Err(format!("no free port for {} in 20 attempts", kind.name()))
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its own folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("server.log")).unwrap_or_default()
    }

    /// A connection to database 0.
    pub fn client(&self) -> Client {
        self.db(0)
    }

    /// A connection to a database, logged in where the server wants that.
    pub fn db(&self, index: u16) -> Client {
        let mut client = Client::connect(self.port).unwrap_or_else(|error| panic!("{error}; log:\n{}", self.log()));
        if let Some(password) = self.argument("--requirepass") {
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

    /// All that database 0 holds.
    pub fn reading(&self) -> Reading {
        Reading::of(&mut self.client())
    }

    /// Saves all that it holds, and tells where.
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

    /// Which it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How often a command has been run and has done what it was to do, by `INFO commandstats`. Redis 6.2 does not tell
    /// which failed: there the one that pre-flight tries, which always fails, is taken off.
    pub fn done(&self, command: &str) -> u64 {
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

    /// Waits until the answer to a command contains this.
    #[track_caller]
    pub fn until_says(&self, text: &str, words: impl AsRef<[Vec<u8>]>) {
        let deadline = Instant::now() + READY_WITHIN;
        while !self.run(words.as_ref()).text().contains(text) {
            assert!(Instant::now() < deadline, "it never said `{text}`; log:\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many keys database 0 holds.
    pub fn size(&self) -> i64 {
        self.run(words!["DBSIZE"]).integer()
    }

    /// Lets it hang: connections stay, nothing is answered.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Ends [`Server::pause`].
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it at once; connections break. What it held is gone.
    pub fn stop(&self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a child of ours can be killed");
            process.wait().expect("a child of ours can be waited for");
        }
    }

    /// Starts it again on the port it had, after [`Server::stop`].
    pub fn start_again(&mut self) {
        let launch = self.launch(self.port);
        assert!(matches!(launch, Launch::Ready), "{launch:?} on port {}", self.port);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.borrow();
        let process = process.as_ref().expect("a server that runs");
        kill_process(Pid::from_child(process), signal).expect("a child of ours can be signalled");
    }

    fn argument(&self, name: &str) -> Option<&str> {
        let at = self.arguments.iter().position(|argument| argument == name)?;
        self.arguments.get(at + 1).map(String::as_str)
    }

    /// Starts the program and waits until it answers.
    fn launch(&mut self, port: u16) -> Launch {
        self.port = port;
        self.process = RefCell::new(Some(self.spawn()));
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let log = self.log();
            // Its own log, and not only an answer on the port: that may be another server's.
            if log.contains(self.ready) && self.answers() {
                return Launch::Ready;
            }
            let process = self.process.get_mut().as_mut().expect("it was just started");
            if let Some(status) = process.try_wait().expect("a child of ours can be asked") {
                let log = self.log();
                let why = format!("{} ended with {status}:\n{log}", self.kind.name());
                return if log.contains("in use") { Launch::PortTaken } else { Launch::Ended(why) };
            }
            assert!(Instant::now() < deadline, "{} is not ready after {READY_WITHIN:?}:\n{log}", self.kind.name());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn spawn(&self) -> Child {
        let log = File::create(self.folder().join("server.log")).expect("a log in our own folder");
        Command::new(self.kind.program())
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--dir"])
            .arg(self.folder())
            .args(["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"])
            .args(self.kind.debug_arguments())
            .args(&self.arguments)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a handle"))
            .stderr(log)
            .spawn()
            .expect("the server's program can be run")
    }

    fn answers(&self) -> bool {
        Client::connect(self.port)
            .is_ok_and(|mut client| matches!(client.ask(words!["PING"]), Reply::Status(_) | Reply::Error(_)))
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "libtest shows it with the test that failed")]
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            eprintln!("log of {} on port {}:\n{}", self.kind.name(), self.port, self.log());
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

/// What came of starting the program.
#[derive(Debug)]
enum Launch {
    Ready,
    PortTaken,
    Ended(String),
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}
