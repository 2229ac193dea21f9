//! The checked job. Only `config` builds these types, from validated values, so a job that has not been checked cannot
//! be run.

mod cluster;
mod databases;
mod declared;
mod destination;
mod endpoint;
mod glob;
mod key_list;
mod lanes;
mod lifetimes;
mod limits;
mod names;
mod on_unsupported;
mod rename;
#[cfg(test)]
pub(crate) mod samples;
mod secret;
mod selection;
mod sentinel;
mod source;
mod suspicion;
mod tls;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

pub use cluster::ClusterSeeds;
pub use databases::{Databases, TargetDatabases};
pub use declared::DeclaredServer;
pub use destination::Destination;
pub use endpoint::{Endpoint, Location, PasswordSource};
pub use glob::{CharSign, Glob};
pub use key_list::{KeyList, ListLines};
pub use lanes::Lanes;
pub use lifetimes::{ExpiryBounds, Lifetimes};
pub use limits::Limits;
pub use on_unsupported::OnUnsupported;
pub use rename::Rename;
pub use secret::Secret;
pub use selection::Selection;
pub use sentinel::{HostPort, ReadFrom, SentinelService};
pub use source::{Backup, BackupPath, Server, Source};
pub use suspicion::Suspicion;
pub use tls::{Tls, TlsClient};
pub use verify::{Verify, VerifyExtra, VerifyMode};

/// One source, one destination, which keys, how fast, what to do with existing keys and errors.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    /// `[A-Za-z0-9_-]+`, unique in the run.
    pub name: String,
    /// Whether it is run.
    pub enabled: bool,
    /// Words that select it.
    pub tags: Vec<String>,
    /// Where keys are read from.
    pub source: Source,
    /// Where keys are written to.
    pub destination: Destination,
    /// Which keys.
    #[serde(flatten)]
    pub selection: Selection,
    /// Names the only keys that are moved, if they match; `None` for all keys that match.
    pub keys_from: Option<KeyList>,
    /// How keys are renamed; `None` if they keep their names.
    pub rename: Option<Rename>,
    /// `COUNT` of each `SCAN`, 1–1 000 000.
    pub scan_batch_size: u32,
    /// In how many lanes the source is walked.
    pub lanes: Lanes,
    /// Writes in one pipeline, 1–100 000.
    pub pipeline_batch_size: usize,
    /// Existing keys after which the job sleeps once, ≥ 1.
    pub max_processed_existing_keys: u64,
    /// The pause after each pipeline; zero for none.
    #[serde(serialize_with = "as_text")]
    pub sleep: Duration,
    /// Limits for the load on the source.
    #[serde(flatten)]
    pub limits: Limits,
    /// The number of failed keys that stops the job, ≥ 1.
    pub max_errored_keys: u64,
    /// The least number of keys that must match, ≥ 1; `None` for no limit.
    pub min_keys: Option<u64>,
    /// What happens to a key that the destination already has.
    pub on_existing: OnExisting,
    /// What happens to a hash whose fields expire if the destination does not support that.
    pub on_unsupported: OnUnsupported,
    /// Whether the function libraries of the source are restored.
    pub functions: bool,
    /// Whether the job shares a walk with the jobs next to it, if they have the same endpoints and pace.
    pub share_walk: bool,
    /// Where failed keys are recorded.
    pub error_log: ErrorLog,
    /// Where progress is kept, so that a later run can continue; relative to the current directory.
    pub checkpoint: Option<PathBuf>,
    /// Whether and how source and destination are compared after the job.
    #[serde(flatten)]
    pub verify: Verify,
}

impl Job {
    /// The databases that keys are written to.
    #[must_use]
    pub fn destination_databases(&self) -> Databases {
        self.destination.db.for_source(self.source.databases())
    }

    /// Whether keys of more than one database are read.
    #[must_use]
    pub fn has_several_databases(&self) -> bool {
        self.source.databases().only().is_none()
    }
}

/// What happens to a key that the destination already has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExisting {
    /// It stays as it is.
    Skip,
    /// It is overwritten.
    Replace,
}

/// Where failed keys are recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorLog {
    /// Relative to the current directory.
    pub path: PathBuf,
    /// What happens to a log that exists.
    pub mode: LogMode,
    /// What its lines are.
    pub format: LogLines,
}

/// What happens to an error log that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogMode {
    /// It is emptied, once a run.
    Overwrite,
    /// Lines are appended.
    Append,
}

/// What the lines of an error log are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLines {
    /// Fields as `name=value`.
    Text,
    /// Each is a JSON object.
    Json,
}

/// Serialises a duration as in a job file: `250ms`, `1s`, `0s`.
pub(crate) fn as_text<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&humantime::format_duration(*duration))
}

/// The same; `null` without a duration.
#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
fn as_optional_text<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => as_text(duration, to),
        None => to.serialize_none(),
    }
}
