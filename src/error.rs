//! Why a key fails, and why a job ends before its time. Errors carry data; their prose stands here.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::entry::Key;
use crate::job::BackupPath;

/// One end of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where keys are read from.
    Source,
    /// Where keys are written to.
    Destination,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
        })
    }
}

/// A key that could not be moved, for a reason of its own.
#[derive(Clone, Debug)]
pub struct FailedKey {
    /// The key.
    pub key: Key,
    /// Its type as `TYPE` names it, where it is known.
    pub type_name: Option<String>,
    /// Which end refused it.
    pub side: Side,
    /// That end's address, `host:port`, or the file.
    pub server: String,
    /// What that end said.
    pub message: String,
}

/// An end that cannot be worked with. No key's own fault.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the {side} `{server}` {problem}")]
pub struct EndpointError {
    /// Which end.
    pub side: Side,
    /// Its address, `host:port`, or the file.
    pub server: String,
    /// What is wrong with it.
    pub problem: EndpointProblem,
}

/// What an endpoint answered to a batch of keys: one answer for each, whatever happened on the way.
#[derive(Debug)]
pub struct Answers<T> {
    /// One for each key, in the keys' order.
    pub each: Vec<T>,
    /// The loss of the endpoint, if that cut the answers short.
    pub lost: Option<EndpointError>,
}

impl<T> Answers<T> {
    /// The answers to these keys, and then to others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        if self.each.is_empty() {
            self.each = others.each;
        } else {
            self.each.extend(others.each);
        }
        Self { each: self.each, lost: self.lost.or(others.lost) }
    }
}

/// What can be wrong with an end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointProblem {
    /// No connection could be made.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// A connection that was there is gone.
    #[error("closed the connection: {0}")]
    ConnectionLost(String),
    /// No answer within `response_timeout`.
    #[error("did not answer within {} (`response_timeout`)", humantime::format_duration(*.0))]
    TimedOut(std::time::Duration),
    /// User name or password are wrong, or missing.
    #[error("refused the login: {0}")]
    Login(String),
    /// The user lacks the permission for a command.
    #[error("does not permit a command that is needed: {0}")]
    NotPermitted(String),
    /// The database index is out of range.
    #[error("has no database {db}: {said}")]
    NoSuchDatabase {
        /// The index asked for.
        db: u16,
        /// What the server said.
        said: String,
    },
    /// Source and destination are one database.
    #[error("is the source's own database {db} (run_id {run_id}): source and destination must differ")]
    SameDatabase {
        /// The index of both.
        db: u16,
        /// What tells that both are one server.
        run_id: String,
    },
    /// A server from before what is needed.
    #[error("is version {version}, but must be {needed} or newer")]
    TooOld {
        /// What it is.
        version: String,
        /// What it has to be at least.
        needed: &'static str,
    },
    /// A server from before functions.
    #[error("is version {version} and knows no functions, which came with 7.0: leave out `functions = true`")]
    NoFunctions {
        /// What it is.
        version: String,
    },
    /// A replica that takes no writes.
    #[error("is a read-only replica: write to its master instead")]
    ReadOnlyReplica,
    /// Writes are refused as the memory is used up.
    #[error("is out of memory: {0}")]
    OutOfMemory(String),
    /// Still loading its data after `response_timeout`.
    #[error("is still loading its data after {} (`response_timeout`)", humantime::format_duration(*.0))]
    Loading(std::time::Duration),
    /// Anything else that the server refuses whatever the key.
    #[error("refuses to work: {0}")]
    Refused(String),
    /// An answer that makes no sense.
    #[error("gave an answer that is not understood: {0}")]
    Protocol(String),
}

/// A file that cannot be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the backup `{name}` {problem}")]
pub struct BackupError {
    /// As the job names it.
    pub name: String,
    /// What is wrong with it.
    pub problem: BackupProblem,
}

impl BackupError {
    /// What is wrong with a file.
    #[must_use]
    pub fn of(path: &BackupPath, problem: BackupProblem) -> Self {
        Self { name: path.to_string(), problem }
    }
}

/// What can be wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupProblem {
    /// It is not there, or may not be read.
    #[error("cannot be opened: {0}")]
    Unopened(String),
    /// It can hold no bytes.
    #[error("is a directory, but must be a file")]
    Directory,
    /// Nobody has piped anything into it.
    #[error("is a terminal: pipe a backup into it, or name a file")]
    Terminal,
    /// Two jobs want what comes but once.
    #[error("is read by job `{0}`, and can be read only once")]
    ReadTwice(String),
    /// It is none, or is damaged, or reading it failed; what, and at which byte.
    #[error("cannot be read: {0}")]
    Unread(String),
    /// A number that no server has.
    #[error("holds keys of database {0}, but destinations are told databases of at most 65535")]
    NoSuchDatabase(u64),
}

/// SIGINT or SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Signal {
    /// Ctrl-C.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// What `kill` and orchestrators send.
    #[serde(rename = "SIGTERM")]
    Terminate,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Why a job ended before its source did.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stop {
    /// Somebody asked for it.
    #[error("interrupted by {0}")]
    Interrupted(Signal),
    /// An end cannot be worked with (any more).
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The file that keys come from cannot be read (on).
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// As many keys failed as the job allows.
    #[error("stopped by the error limit: {failed} keys failed, `max_errored_keys` is {limit}")]
    ErrorLimit {
        /// Keys that failed.
        failed: u64,
        /// The job's `max_errored_keys`.
        limit: u64,
    },
    /// An output could not be written.
    #[error("cannot write {}: {message}", path.display())]
    Output {
        /// Which.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
    /// A fault of ours, said instead of hidden.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Stop {
    /// What counts when several apply: the smaller the number, the stronger. One for each kind.
    #[must_use]
    pub fn strength(&self) -> u8 {
        match self {
            Self::Interrupted(_) => 0,
            Self::Endpoint(_) => 1,
            Self::Backup(_) => 2,
            Self::Output { .. } => 3,
            Self::Internal(_) => 4,
            Self::ErrorLimit { .. } => 5,
        }
    }
}
