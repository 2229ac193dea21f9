//! A server to measure with: any version, on a port of its own, stopped when its guard is dropped.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::fault::Fault;
use super::support::{Client, Guard, READY, StartError, words};

/// The first version, of Redis and of Valkey, that needs an argument to allow `DEBUG`.
const ASKS_ABOUT_DEBUG: u32 = 7;

/// A server's program, and what it is.
pub struct Make {
    program: PathBuf,
    /// Its own name, for example `Redis 7.0.15`.
    pub name: String,
    /// The first part of its version.
    pub major: u32,
}

impl Make {
    /// Reads the version of a program.
    pub fn of(program: &Path) -> Result<Self, Fault> {
        let cannot = |error| Fault::CannotRun { program: program.to_owned(), error };
        let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().map_err(cannot)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().find_map(|word| word.strip_prefix("v="));
        let version = version.ok_or_else(|| cannot(io::Error::other("its `--version` has no version")))?;
        let family = text.split_whitespace().next().unwrap_or_default();
        let major = version.split('.').next().and_then(|number| number.parse().ok());
        Ok(Self { program: program.to_owned(), name: format!("{family} {version}"), major: major.unwrap_or(0) })
    }

    /// The fault that it does not start.
    pub fn not_ready(&self, why: &str) -> Fault {
        Fault::NoServer { program: self.program.clone(), log: why.to_owned() }
    }
}

/// A running server.
pub struct Server {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    guard: Guard,
}

impl Server {
    /// Starts an empty one.
    pub fn start(make: &Make) -> Result<Self, Fault> {
        Self::with(make, Vec::new())
    }

    /// The same with further arguments.
    pub fn with(make: &Make, mut arguments: Vec<String>) -> Result<Self, Fault> {
        let fault = |error| match error {
            StartError::CannotRun(error) => Fault::CannotRun { program: make.program.clone(), error },
            StartError::NotReady(log) => make.not_ready(&log),
        };
        let folder = TempDir::with_prefix("bench-server-").map_err(|error| fault(StartError::CannotRun(error)))?;
        let asks = make.major >= ASKS_ABOUT_DEBUG;
        if asks {
            arguments.extend(["--enable-debug-command", "local"].map(str::to_owned));
        }
        let guard = Guard::start(&make.program, folder, arguments, READY).map_err(fault)?;
        Ok(Self { port: guard.port(), guard })
    }

    /// A connection to database 0.
    pub fn client(&self) -> Client {
        self.guard.connect()
    }

    /// A section of `INFO`.
    pub fn info(&self, section: &str) -> String {
        self.client().run(words!["INFO", section]).text()
    }

    /// The number of keys.
    pub fn size(&self) -> u64 {
        u64::try_from(self.client().run(words!["DBSIZE"]).integer()).expect("a size is not negative")
    }

    /// Fails unless there are so many keys: a run that copies fewer keys is not faster.
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

    /// Resets the counts of calls.
    pub fn forget_calls(&self) {
        self.client().run(words!["CONFIG", "RESETSTAT"]);
    }
}
