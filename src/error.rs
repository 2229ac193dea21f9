//! Why a key fails, and why a job ends early. Errors carry data; this file holds their text.

mod failure;
mod key_list;
mod key_refusal;
mod redirect;
mod side;
mod wait_cause;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::job::BackupPath;

pub use failure::{ExampleKey, FailedKey, FailedKeys, Failure, FailureCode, Failures};
pub use key_list::KeyListError;
pub use key_refusal::KeyRefusal;
pub use redirect::Redirect;
pub use side::Side;
pub use wait_cause::WaitCause;

/// An endpoint that cannot be used, whatever the key.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the {side} `{server}` {problem}")]
pub struct EndpointError {
    pub side: Side,
    /// The address, `host:port`, or the file.
    pub server: String,
    pub problem: EndpointProblem,
}

/// The answers of an endpoint to a batch of keys: one for each key, even if the connection failed.
#[derive(Debug)]
pub struct Answers<T> {
    /// One for each key, in the order of the keys.
    pub each: Vec<T>,
    /// Why the endpoint stopped answering, if it did.
    pub error: Option<EndpointError>,
}

impl<T> Answers<T> {
    /// Appends the answers to further keys.
    pub fn and(mut self, others: Self) -> Self {
        if self.each.is_empty() {
            self.each = others.each;
        } else {
            self.each.extend(others.each);
        }
        Self { each: self.each, error: self.error.or(others.error) }
    }
}

/// Why an endpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointProblem {
    /// No connection was made within `connect_timeout`, or it was refused.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// Sentinels name no server for it, whenever they are asked.
    #[error("cannot be found: {0}")]
    NotFound(String),
    /// Sentinels name this server as another role than it has: they have not agreed on a failover yet.
    #[error("is not the {expected} that Sentinel names: its role is {role}")]
    WrongRole { expected: &'static str, role: String },
    /// An open connection was closed or reset; with the reason, if there is one.
    #[error("closed the connection{}", reason(.0))]
    ConnectionLost(String),
    #[error("did not answer within {} (`response_timeout`)", humantime::format_duration(*.0))]
    TimedOut(Duration),
    /// It is no server with keys: what it is, and what to do.
    #[error("{0}")]
    WrongServer(String),
    /// TLS fails, and would fail again: what is wrong, and what to do.
    #[error("{0}")]
    Tls(String),
    /// User or password is wrong or missing.
    #[error("refused the login: {0}")]
    Login(String),
    /// The user lacks a permission.
    #[error("does not permit a command that is needed: {0}")]
    NotPermitted(String),
    #[error("has no database {db}: {message}")]
    NoSuchDatabase {
        db: u16,
        /// The error message of the server.
        message: String,
    },
    /// `INFO` does not report which databases have keys.
    #[error("does not report which databases have keys (`INFO keyspace`): list them in `source.db`")]
    HiddenDatabases,
    /// A database of the source that `destination.db` maps to no database.
    #[error("has no database for keys of the source's database {0}: add it to the map `destination.db`")]
    UnmappedDatabase(u16),
    /// Source and destination are the same database.
    #[error("is the source's own database {db} (run_id {run_id}): source and destination must differ")]
    SameDatabase {
        db: u16,
        /// The `run_id` of both, which identifies the server process.
        run_id: String,
    },
    /// The server is too old.
    #[error("is version {version}, but must be {needed} or newer")]
    TooOld {
        version: String,
        /// The oldest version that is supported.
        needed: &'static str,
    },
    /// The server is too old for function libraries.
    #[error("is version {version}, but function libraries need 7.0 or newer: remove `functions = true`")]
    NoFunctions { version: String },
    /// A replica that rejects writes.
    #[error("is a read-only replica: write to its master instead")]
    ReadOnlyReplica,
    /// The server reached its `maxmemory` and rejects writes.
    #[error("is out of memory: {0}")]
    OutOfMemory(String),
    /// Still loading its data after `response_timeout`.
    #[error("is still loading its data after {} (`response_timeout`)", humantime::format_duration(*.0))]
    Loading(Duration),
    /// It cannot execute commands now.
    #[error("is not ready: {message}")]
    NotReady {
        cause: WaitCause,
        /// The error message of the server.
        message: String,
    },
    /// Another process answers than the one that the job began with.
    #[error("was replaced by another process ({field} {now}, before {before})")]
    Replaced {
        /// What identifies it, as `INFO` names it.
        field: &'static str,
        before: String,
        now: String,
    },
    /// Another process answers, or the same one with another database: most keys are gone.
    #[error("was replaced: it has {now} keys, but had {before}")]
    FewerKeys { before: u64, now: u64 },
    /// It was a replica for a while, so its data may have been replaced by its master's.
    #[error("was a replica for a while: its master may have replaced its data")]
    WasReplica,
    /// It was replaced by another process for the last time that a job walks again.
    #[error("was replaced by another process in each of {0} walks")]
    TooManyRestarts(usize),
    /// The connections of one endpoint reach several processes.
    #[error("is several servers: connections to it reach processes with the {field} {one} and {other}")]
    SeveralServers { field: &'static str, one: String, other: String },
    /// A replica that may lack data.
    #[error(
        "is a replica whose link to its master is down, so its data may be old or missing: repair the link, or set \
         `source.allow_stale_replica = true`"
    )]
    StaleReplica,
    /// Source and destination are connected by replication.
    #[error("{relation} (master_replid {history}): database {db} of both has the same data")]
    SameData { relation: &'static str, db: u16, history: String },
    #[error("is a node of the source's own cluster: all keys of a cluster are in it already")]
    SameCluster,
    /// Another node of the cluster serves the slot of a key.
    #[error("refuses every request: {0} (the server is a node of a cluster, and another node has the slot of the key)")]
    Moved(Redirect),
    /// Any other error that does not depend on the key.
    #[error("refuses every request: {0}")]
    Refused(String),
    /// A reply that is not RESP, or not of the expected type.
    #[error("sent an unexpected reply: {0}")]
    Protocol(String),
}

/// The reason of a problem, as the end of its message; nothing if there is no reason.
fn reason(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl EndpointProblem {
    /// Why the server cannot answer now, if waiting may help.
    pub fn wait_cause(&self) -> Option<WaitCause> {
        match self {
            Self::Unreachable(_) | Self::WrongRole { .. } | Self::ConnectionLost(_) => Some(WaitCause::Disconnected),
            Self::TimedOut(_) => Some(WaitCause::NoAnswer),
            Self::Loading(_) => Some(WaitCause::Loading),
            Self::ReadOnlyReplica => Some(WaitCause::ReadOnly),
            Self::NotReady { cause, .. } => Some(*cause),
            _ => None,
        }
    }
}

/// A backup that cannot be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the backup `{name}` {problem}")]
pub struct BackupError {
    /// The path as it is in the job.
    pub name: String,
    pub problem: BackupProblem,
}

impl BackupError {
    pub fn of(path: &BackupPath, problem: BackupProblem) -> Self {
        Self { name: path.to_string(), problem }
    }
}

/// Why a backup cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupProblem {
    /// It does not exist, or may not be read.
    #[error("cannot be opened: {0}")]
    Unopened(String),
    /// It does not exist, and no file matches it as a glob.
    #[error("matches no file")]
    NoMatch,
    #[error("is a directory, but must be a file")]
    Directory,
    /// It is an address such as `s3://…`: what to do instead.
    #[error("is an address, not a file: {0}")]
    Address(String),
    /// `rdb = "-"`, but standard input is not a file or pipe.
    #[error("is a terminal: pipe a backup into it, or name a file")]
    Terminal,
    /// The job must be walked again, but the source is a pipe.
    #[error("cannot be read a second time, because it is a pipe")]
    NotRepeatable,
    /// Two jobs read the same pipe.
    #[error("is read by job `{0}`, and can be read only once")]
    ReadTwice(String),
    /// It is not an RDB file, or is damaged, or reading failed: the reason, and the position in bytes.
    #[error("cannot be read: {0}")]
    Unread(String),
    /// No server has a database with this index.
    #[error("contains keys of database {0}, but the highest supported database is 65535")]
    NoSuchDatabase(u64),
}

/// A signal that ends the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Signal {
    #[serde(rename = "SIGINT")]
    Interrupt,
    #[serde(rename = "SIGTERM")]
    Terminate,
    #[serde(rename = "SIGHUP")]
    Hangup,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::Hangup => "SIGHUP",
        })
    }
}

/// Why a job ended early.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stop {
    /// The user or the system sent a signal.
    #[error("interrupted by {0}")]
    Interrupted(Signal),
    /// The run has taken as long as it may.
    #[error("stopped by `--max-duration` ({})", humantime::format_duration(*.0))]
    TimeLimit(Duration),
    /// An endpoint cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The backup cannot be read to its end.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The list of keys cannot be read to its end.
    #[error("the list of keys was changed after it was checked: {0}")]
    KeyList(KeyListError),
    /// `max_errored_keys` was reached.
    #[error("stopped by the error limit: {failed} keys failed, `max_errored_keys` is {limit}")]
    ErrorLimit { failed: u64, limit: u64 },
    #[error("cannot write {}: {message}", path.display())]
    Output {
        path: PathBuf,
        /// The error message of the system.
        message: String,
    },
    /// The record of a job could not be written, so that a later run cannot continue from where it is.
    #[error("the checkpoint {} cannot be written: {message}", path.display())]
    Checkpoint {
        path: PathBuf,
        /// The error message of the system.
        message: String,
    },
    /// With `--resume=strict`: the job cannot continue where an earlier run was.
    #[error("cannot continue from the checkpoint {}: {}", path.display(), differences.join("; "))]
    Unresumable {
        path: PathBuf,
        /// In sentences.
        differences: Vec<String>,
    },
    /// The walk ended, but the data that it was promised were replaced meanwhile.
    #[error("the data of the {side} `{server}` were replaced during the walk: {evidence}")]
    Changed { side: Side, server: String, evidence: String },
    /// An earlier job of the same walk ended early.
    #[error("job `{0}` ended early")]
    EarlierJob(String),
    /// A bug in this program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Stop {
    /// The order of several reasons: the lowest number comes first and decides the exit code. One number for each kind.
    pub fn strength(&self) -> u8 {
        match self {
            Self::Interrupted(_) => 0,
            Self::Endpoint(_) => 1,
            Self::Backup(_) => 2,
            Self::KeyList(_) => 3,
            Self::Changed { .. } => 4,
            Self::Output { .. } => 5,
            Self::Checkpoint { .. } => 6,
            Self::Internal(_) => 7,
            Self::TimeLimit(_) => 8,
            Self::ErrorLimit { .. } => 9,
            Self::Unresumable { .. } => 10,
            Self::EarlierJob(_) => 11,
        }
    }
}
