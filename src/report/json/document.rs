//! The shape of the report. Names here are promises: the schema is made from them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::values::{Moment, Seconds};
use crate::report::StatusWord;

/// What a run of redis-keys-migrator came to.
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
    /// One for every job of the run, in order.
    pub jobs: Vec<JobReport>,
}

/// All jobs together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Totals {
    /// Their outcomes.
    pub outcomes: Outcomes,
    /// Payload bytes written; in a dry run an estimate.
    pub bytes: u64,
}

/// What became of the keys: `scanned` is always the sum of the others.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Outcomes {
    /// Keys that the source handed out.
    pub scanned: u64,
    /// Written; the destination did not have them.
    pub copied: u64,
    /// Written over those that the destination had.
    pub replaced: u64,
    /// Left alone: the destination has them.
    pub existing: u64,
    /// Left alone: the job's `match`, `exclude` or `types` leave them out.
    pub filtered: u64,
    /// Gone, or past their expiry, before they could be written.
    pub vanished: u64,
    /// Not written; the error log gives the reasons.
    pub failed: u64,
}

/// What one job came to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobReport {
    /// The job's name.
    pub name: String,
    /// How it ended.
    pub status: StatusWord,
    /// Why it did not get to its source's end; null where it did.
    pub reason: Option<String>,
    /// Its outcomes.
    pub outcomes: Outcomes,
    /// What was written (in a dry run: would be written), by the name that `TYPE` gives.
    pub by_type: BTreeMap<String, TypeReport>,
    /// Payload bytes written; in a dry run an estimate.
    pub bytes: u64,
    /// What was done to the payloads that were written.
    pub payloads: PayloadReport,
    /// What became of the libraries of functions that its source, a file, holds.
    pub libraries: LibraryReport,
    /// When it was run; null where it was not.
    pub timings: Option<Timings>,
    /// Where keys were read from.
    pub source: SourceReport,
    /// Where keys were written to.
    pub destination: EndReport,
    /// The effective configuration, with the keys of the job file. Secrets are `***`.
    pub configuration: serde_json::Map<String, serde_json::Value>,
}

/// What was done to the payloads that were written, for the destination to take them. All zero in a dry run.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PayloadReport {
    /// Nothing.
    pub passed: u64,
    /// They were given the version of an older server.
    pub restamped: u64,
    /// Their values were written in a form that the destination knows.
    pub translated: u64,
}

/// What became of libraries of functions. Where they were restored, `found` is the sum of the others in a job that is `done`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LibraryReport {
    /// Those that the file holds, as far as it was read.
    pub found: u64,
    /// Restored; with `on_existing = "replace"`, maybe over the destination's own.
    pub restored: u64,
    /// Left alone: the destination has them.
    pub existing: u64,
    /// Refused by the destination.
    pub failed: u64,
}

/// What was written of one type.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TypeReport {
    /// Keys copied or replaced.
    pub keys: u64,
    /// Those of them that expire.
    pub expiring: u64,
    /// Their payloads together; in a dry run an estimate.
    pub bytes: u64,
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
    /// Keys scanned in a second; null where no time has passed.
    pub keys_per_second: Option<u64>,
}

/// Where a job's keys come from: a server, or a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceReport {
    /// `host:port`, as the job gives it; null for a file.
    pub address: Option<String>,
    /// The path of a file, as the job gives it, or `standard input`; null for a server.
    pub file: Option<String>,
    /// Database index; null where all databases are meant.
    pub db: Option<u16>,
    /// What was found there; null where it was not reached, and for a file.
    pub server: Option<ServerReport>,
    /// What the file says about itself; null where it was not read, and for a server.
    pub backup: Option<BackupReport>,
}

/// What a file says about itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BackupReport {
    /// Whose server wrote it.
    pub flavour: FlavourWord,
    /// That server's version; null where the file does not tell it.
    pub version: Option<String>,
    /// The version of its format.
    pub rdb_version: u16,
    /// When it was begun; null where the file does not tell it.
    pub created: Option<Moment>,
    /// Its size in bytes; null where it came through a pipe.
    pub size: Option<u64>,
}

/// The end that keys are written to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EndReport {
    /// `host:port`, as the job gives it.
    pub address: String,
    /// Database index; null where each key goes to the one that it comes from.
    pub db: Option<u16>,
    /// What was found there; null where it was not reached.
    pub server: Option<ServerReport>,
}

/// What a server says about itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServerReport {
    /// Whose server it is.
    pub flavour: FlavourWord,
    /// Its version.
    pub version: String,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: String,
    /// Identifies the running process; empty where it is kept from us.
    pub run_id: String,
}

/// Whose server it is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlavourWord {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
    /// Something that speaks like Redis.
    Other,
}
