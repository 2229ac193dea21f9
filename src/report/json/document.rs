//! The shape of the report. Names here are promises: the schema is made from them.

use schemars::JsonSchema;
use serde::Serialize;

use super::values::{Moment, Seconds};
use crate::event::Warning;
use crate::outcome::{ByType, LibraryTally, PayloadTally, Tally, WalkTally};
use crate::report::StatusWord;
use crate::version::Flavour;

/// The results of a run of redis-keys-migrator.
///
/// Later versions of the program may add properties; what is there keeps its meaning as long
/// as `format_version` stays the same.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Report of redis-keys-migrator")]
pub struct Report {
    /// The version of this format.
    #[schemars(extend("const" = super::FORMAT_VERSION))]
    pub format_version: u32,
    /// The version of the program that wrote it.
    pub program_version: &'static str,
    /// When the run began.
    pub started: Moment,
    /// When it ended.
    pub ended: Moment,
    /// How long it took.
    pub duration_seconds: Seconds,
    /// Nothing was written; outcomes are what a run would do.
    pub dry_run: bool,
    /// What the program exits with.
    pub exit_code: u8,
    /// All jobs together.
    pub totals: Totals,
    /// What the user was warned of, in order.
    pub warnings: Vec<Warning>,
    /// One for every job of the run, in order.
    pub jobs: Vec<JobReport>,
}

/// All jobs together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Totals {
    /// Their outcomes.
    pub outcomes: Tally,
    /// Payload bytes written; in a dry run an estimate.
    pub bytes: u64,
}

/// The results of one job.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobReport {
    /// The job's name.
    pub name: String,
    /// How it ended.
    pub status: StatusWord,
    /// Why it did not reach its source's end, the strongest reason; null if it did.
    pub reason: Option<String>,
    /// Every reason, the strongest first; empty if it did.
    pub reasons: Vec<String>,
    /// Its outcomes.
    pub outcomes: Tally,
    /// What its source returned.
    pub walk: WalkTally,
    /// What was written (in a dry run: would be written), by the name that `TYPE` gives.
    pub by_type: ByType,
    /// Payload bytes written; in a dry run an estimate.
    pub bytes: u64,
    /// What was done to the payloads that were written. All zero in a dry run.
    pub payloads: PayloadTally,
    /// What became of the function libraries that its source, a file, holds.
    pub libraries: LibraryTally,
    /// When it was run; null if it was not.
    pub timings: Option<Timings>,
    /// Where keys were read from.
    pub source: SourceReport,
    /// Where keys were written to.
    pub destination: DestinationReport,
    /// The effective configuration, with the keys of the job file. Secrets are `***`.
    pub configuration: serde_json::Map<String, serde_json::Value>,
}

/// When a job was run, and how fast.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Timings {
    /// When it began.
    pub started: Moment,
    /// When it ended.
    pub ended: Moment,
    /// How long it took.
    pub seconds: Seconds,
    /// Keys that matched, in a second; null if no time has passed.
    pub keys_per_second: Option<u64>,
}

/// Where a job's keys come from: a server, or a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceReport {
    /// `host:port`, as the job gives it; null for a file.
    pub address: Option<String>,
    /// The path of a file, as the job gives it, or `standard input`; null for a server.
    pub file: Option<String>,
    /// Database index; null for all databases.
    pub db: Option<u16>,
    /// What was found there; null if it was not reached, and for a file.
    pub server: Option<ServerReport>,
    /// What the file contains about itself; null if it was not read, and for a server.
    pub backup: Option<BackupReport>,
}

/// What a file contains about itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BackupReport {
    /// Whose server wrote it.
    pub flavour: Flavour,
    /// That server's version; null if the file does not contain it.
    pub version: Option<String>,
    /// The version of its format.
    pub rdb_version: u16,
    /// When it was begun; null if the file does not contain it.
    pub created: Option<Moment>,
    /// Its size in bytes; null if it came through a pipe.
    pub size: Option<u64>,
}

/// Where a job's keys go.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DestinationReport {
    /// `host:port`, as the job gives it.
    pub address: String,
    /// Database index; null if each key goes to the one that it comes from.
    pub db: Option<u16>,
    /// What was found there; null if it was not reached.
    pub server: Option<ServerReport>,
}

/// What a server reports about itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServerReport {
    /// Whose server it is.
    pub flavour: Flavour,
    /// Its version.
    pub version: String,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: String,
    /// Identifies the running process; empty if the server hides it.
    pub run_id: String,
}
