//! A server's process: started on a free port, used when it answers, killed when its guard is dropped.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{Client, Reply, words};

/// How long a server may take to start.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How many ports are tried: another process may take a free port before the server does.
const ATTEMPTS: usize = 20;
/// The name of a server's Unix socket, in its folder.
const SOCKET: &str = "redis.sock";
/// The line of a server's log when it is ready.
pub const READY: &str = "Ready to accept connections";

/// A process on a port of its own, in a folder of its own. It writes to disk only what a full sync needs.
pub struct Guard {
    program: PathBuf,
    arguments: Vec<String>,
    /// The line of its log when it is ready.
    ready: &'static str,
    port: u16,
    folder: TempDir,
    process: Mutex<Option<Child>>,
}

/// Why there is no server.
#[derive(Debug)]
pub enum StartError {
    /// The program is missing, or cannot be executed.
    CannotRun(io::Error),
    /// The process has ended, or does not answer. Contains its log.
    NotReady(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotRun(error) => write!(f, "the server's program cannot be run: {error}"),
            Self::NotReady(log) => write!(f, "the server is not ready; its log:\n{log}"),
        }
    }
}

impl Guard {
    /// Starts a program in a folder of its own and waits until its log contains `ready` and it answers.
    pub fn start(
        program: &Path,
        folder: TempDir,
        arguments: Vec<String>,
        ready: &'static str,
    ) -> Result<Self, StartError> {
        let (program, process) = (program.to_owned(), Mutex::new(None));
        let mut guard = Self { program, arguments, ready, port: 0, folder, process };
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            guard.port = free_port();
            match guard.start_again() {
                // The nodes of a cluster talk to each other on the port 10000 above.
                Err(StartError::NotReady(text)) if text.contains("in use") || text.contains("too high") => log = text,
                started => return started.map(|()| guard),
            }
        }
        Err(StartError::NotReady(log))
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The Unix socket that it listens on as well.
    pub fn socket(&self) -> PathBuf {
        self.folder().join(SOCKET)
    }

    /// Its own folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder().join("server.log")).unwrap_or_default()
    }

    /// The value of one of its further arguments.
    pub fn argument(&self, name: &str) -> Option<&str> {
        let at = self.arguments.iter().position(|argument| argument == name)?;
        self.arguments.get(at + 1).map(String::as_str)
    }

    /// A connection to database 0, without login.
    pub fn connect(&self) -> Client {
        Client::connect(self.port).unwrap_or_else(|error| panic!("{error}; the server's log:\n{}", self.log()))
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let process = self.process();
        let process = process.as_ref().expect("the server runs");
        kill_process(Pid::from_child(process), signal).expect("a child process can be signalled");
    }

    /// Kills it. Connections break, and its data is lost.
    pub fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            // The process may have ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again on its port, after [`Guard::stop`].
    pub fn start_again(&self) -> Result<(), StartError> {
        self.stop();
        *self.process() = Some(self.spawn().map_err(StartError::CannotRun)?);
        let deadline = Instant::now() + READY_WITHIN;
        // A reply is not enough: another server on the port may have sent it.
        while !(self.log().contains(self.ready) && self.answers()) {
            if self.has_ended() || Instant::now() > deadline {
                self.stop();
                return Err(StartError::NotReady(self.log()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        let mut process = self.process();
        process.as_mut().is_none_or(|process| !matches!(process.try_wait(), Ok(None)))
    }

    fn spawn(&self) -> io::Result<Child> {
        let log = File::create(self.folder().join("server.log"))?;
        Command::new(&self.program)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--unixsocket", SOCKET, "--dir"])
            .arg(self.folder())
            // A full sync starts at once and does not wait for more replicas.
            .args(["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"])
            .args(&self.arguments)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
    }

    fn answers(&self) -> bool {
        Client::connect(self.port)
            .is_ok_and(|mut client| matches!(client.ask(words!["PING"]), Reply::Status(_) | Reply::Error(_)))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}
