//! A server to measure with: any make, on a port of its own, stopped when its guard is dropped.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::fault::Fault;
use super::support::{Client, Reply, words};

/// How long a server may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// The first version, of Redis and of Valkey, that wants to be told that `DEBUG` is allowed.
const ASKS_ABOUT_DEBUG: u32 = 7;

/// A server's program, and what it is.
pub struct Make {
    program: PathBuf,
    /// As it calls itself, for example `Redis 7.0.15`.
    pub name: String,
    major: u32,
}

impl Make {
    /// Asks a program which server it is.
    pub fn of(program: &Path) -> Result<Self, Fault> {
        let cannot = |error| Fault::CannotRun { program: program.to_owned(), error };
        let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().map_err(cannot)?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said.split_whitespace().find_map(|word| word.strip_prefix("v="));
        let version = version.ok_or_else(|| cannot(io::Error::other("its `--version` tells no version")))?;
        let family = said.split_whitespace().next().unwrap_or_default();
        let major = version.split('.').next().and_then(|number| number.parse().ok());
        Ok(Self { program: program.to_owned(), name: format!("{family} {version}"), major: major.unwrap_or(0) })
    }
}

/// A running server; nothing is written to disk but what a full sync needs.
pub struct Server {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    process: Child,
    folder: TempDir,
}

impl Server {
    /// Starts an empty one.
    pub fn start(make: &Make) -> Result<Self, Fault> {
        // Between our asking for a free port and the server's taking it, somebody else may.
        for _ in 0..20 {
            let mut server = Self::spawn(make, free_port())?;
            if server.becomes_ready() {
                return Ok(server);
            }
            let log = server.log();
            if !log.contains("in use") {
                return Err(Fault::NoServer { program: make.program.clone(), log });
            }
        }
        Err(Fault::NoServer { program: make.program.clone(), log: "no free port in 20 attempts".to_owned() })
    }

    /// A connection to database 0.
    pub fn client(&self) -> Client {
        Client::connect(self.port).unwrap_or_else(|error| panic!("{error}; the server's log:\n{}", self.log()))
    }

    /// A section of `INFO`.
    pub fn info(&self, section: &str) -> String {
        self.client().run(words!["INFO", section]).text()
    }

    /// How many keys there are.
    pub fn size(&self) -> u64 {
        u64::try_from(self.client().run(words!["DBSIZE"]).integer()).expect("a size is not negative")
    }

    /// Fails unless there are that many keys: a run that copies less is not a faster one.
    pub fn expect_size(&self, who: &'static str, expected: u64) -> Result<(), Fault> {
        let found = self.size();
        if found == expected { Ok(()) } else { Err(Fault::Incomplete { who, found, expected }) }
    }

    /// Removes all keys.
    pub fn flush(&self) {
        self.client().run(words!["FLUSHALL"]);
    }

    /// How often a command was called since [`Server::forget_calls`].
    pub fn calls(&self, command: &str) -> u64 {
        let line = format!("cmdstat_{command}:calls=");
        let stats = self.info("commandstats");
        stats.lines().find_map(|text| text.strip_prefix(&line)?.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    /// Counts calls anew.
    pub fn forget_calls(&self) {
        self.client().run(words!["CONFIG", "RESETSTAT"]);
    }

    fn spawn(make: &Make, port: u16) -> Result<Self, Fault> {
        let cannot = |error| Fault::CannotRun { program: make.program.clone(), error };
        let folder = TempDir::with_prefix("bench-server-").map_err(cannot)?;
        let log = File::create(folder.path().join("server.log")).map_err(cannot)?;
        let mut command = Command::new(&make.program);
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
            .arg(folder.path())
            // A full sync starts at once: waiting for more replicas is no work.
            .args(["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"]);
        if make.major >= ASKS_ABOUT_DEBUG {
            command.args(["--enable-debug-command", "local"]);
        }
        let errors = log.try_clone().map_err(cannot)?;
        let process = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().map_err(cannot)?;
        Ok(Self { port, process, folder })
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Waits until it answers; no, if it ends or never does.
    fn becomes_ready(&mut self) -> bool {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            // Its own log, and not only an answer on the port: that may be another server's.
            if self.log().contains("Ready to accept connections") && self.answers() {
                return true;
            }
            if !matches!(self.process.try_wait(), Ok(None)) {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    fn answers(&self) -> bool {
        Client::connect(self.port).is_ok_and(|mut client| matches!(client.ask(words!["PING"]), Reply::Status(_)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which was noticed then.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}
