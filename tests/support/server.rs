//! A real server that lives as long as its guard.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::slots::Slot;
use super::{Client, Kind, Reply, words};

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A server on a port of its own, in a folder of its own, stopped when this is dropped.
pub struct Server {
    kind: Kind,
    port: u16,
    arguments: Vec<String>,
    folder: Arc<TempDir>,
    process: Option<Child>,
    _slot: Arc<Slot>,
}

impl Server {
    /// Starts an empty server.
    pub fn start(kind: Kind) -> Self {
        Self::with(kind, &[])
    }

    /// Starts a server with further arguments, such as `["--maxmemory", "10mb"]`.
    pub fn with(kind: Kind, arguments: &[&str]) -> Self {
        Self::from_folder(kind, TempDir::with_prefix("server-").expect("a temporary folder"), arguments)
    }

    /// Starts a server on an RDB file, of which it gets a copy.
    pub fn on_backup(kind: Kind, rdb: &Path, arguments: &[&str]) -> Self {
        let folder = TempDir::with_prefix("server-").expect("a temporary folder");
        fs::copy(rdb, folder.path().join("dump.rdb")).expect("the backup can be copied");
        Self::from_folder(kind, folder, arguments)
    }

    fn from_folder(kind: Kind, folder: TempDir, arguments: &[&str]) -> Self {
        let slot = Slot::take();
        let folder = Arc::new(folder);
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        // Between our asking for a free port and the server's taking it, somebody else may.
        for _ in 0..20 {
            let mut server = Self {
                kind,
                port: 0,
                arguments: arguments.clone(),
                folder: Arc::clone(&folder),
                process: None,
                _slot: Arc::clone(&slot),
            };
            if server.launch(free_port()) {
                return server;
            }
        }
        panic!("no free port for {} in 20 attempts", kind.name());
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

    /// How many keys database 0 holds.
    pub fn size(&self) -> i64 {
        self.client().run(words!["DBSIZE"]).integer()
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
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("a child of ours can be killed");
            process.wait().expect("a child of ours can be waited for");
        }
    }

    /// Starts it again on the port it had, after [`Server::stop`].
    pub fn start_again(&mut self) {
        assert!(self.launch(self.port), "port {} was taken meanwhile", self.port);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("a server that runs");
        kill_process(Pid::from_child(process), signal).expect("a child of ours can be signalled");
    }

    fn argument(&self, name: &str) -> Option<&str> {
        let at = self.arguments.iter().position(|argument| argument == name)?;
        self.arguments.get(at + 1).map(String::as_str)
    }

    /// Starts the program and waits until it answers; says no where the port was taken by somebody else.
    fn launch(&mut self, port: u16) -> bool {
        self.port = port;
        self.process = Some(self.spawn());
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let log = self.log();
            // Its own log, and not only an answer on the port: that may be another server's.
            if log.contains("Ready to accept connections") && self.answers() {
                return true;
            }
            let process = self.process.as_mut().expect("it was just started");
            if let Some(status) = process.try_wait().expect("a child of ours can be asked") {
                assert!(log.contains("in use"), "{} ended with {status}:\n{log}", self.kind.name());
                return false;
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

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}
