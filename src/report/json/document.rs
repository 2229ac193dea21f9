//! The structure of the report. The schema is generated from these types, so their names are stable.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::databases::{DestinationDatabases, SourceDatabases};
use super::values::{Moment, Seconds};
use crate::error::{FailureCode, Side, WaitCause};
use crate::event::Warning;
use crate::outcome::{ByType, FileTally, LibraryTally, PayloadTally, Tally, VerifyTally, WalkTally};
use crate::report::StatusWord;
use crate::version::Flavour;

/// The results of a run of redis-keys-migrator.
///
/// Later versions of the program may add properties. Existing properties keep their meaning as long as `format_version`
/// stays the same.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Report of redis-keys-migrator")]
pub struct Report {
    /// The version of this format.
    #[schemars(extend("const" = super::FORMAT_VERSION))]
    pub format_version: u32,
    /// The version of the program that wrote the report.
    pub program_version: &'static str,
    /// Whether the run has ended. If the process is killed, the last report remains `running`.
    pub state: State,
    /// When the run started.
    pub started: Moment,
    /// When the run ended; null while it runs.
    pub ended: Option<Moment>,
    /// The duration of the run until now.
    pub duration_seconds: Seconds,
    /// Whether this was a dry run: nothing was written, and outcomes are those that a run would have.
    pub dry_run: bool,
    /// Whether source and destination were only compared: no key was moved, so all outcomes are zero, and `verification` of
    /// each job has the results.
    pub verify: bool,
    /// The exit code of the program; null while the run lasts.
    pub exit_code: Option<u8>,
    /// The sums over all jobs.
    pub totals: Totals,
    /// The warnings of the run, in order.
    pub warnings: Vec<Warning>,
    /// The jobs of the run, in order.
    pub jobs: Vec<JobReport>,
}

/// Whether the run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It runs, or the process was killed. The report is renewed every ten seconds while a job runs.
    Running,
    /// It has ended. The report is complete.
    Ended,
}

/// The sums over all jobs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Totals {
    /// The outcomes of the keys.
    pub outcomes: Tally,
    /// Payload bytes that were written; in a dry run of a file, that would be written. Null in a dry run that reads from a
    /// server, because it reads no values.
    pub bytes: Option<u64>,
    /// The memory at the source of the keys that would be written, in bytes: an estimate of a dry run that reads from a
    /// server. Null if it is unknown, and in a run.
    pub memory_bytes: Option<u64>,
}

/// The results of one job.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobReport {
    /// The name of the job.
    pub name: String,
    /// How the job ended.
    pub status: StatusWord,
    /// Why the job is not `done`: the strongest reason. Null if it is.
    pub reason: Option<String>,
    /// All reasons why the job is not `done`, the strongest first. Empty if it is.
    pub reasons: Vec<String>,
    /// The outcomes of the keys.
    pub outcomes: Tally,
    /// The keys that the source returned.
    pub walk: WalkTally,
    /// Why keys failed, the most frequent reason first. Together with `unlisted_failures`, their counts are
    /// `outcomes.failed`.
    pub failures: Vec<FailureReport>,
    /// The failed keys whose reasons are not in `failures`: of a job with more than 100 reasons, the rarest are left out.
    pub unlisted_failures: u64,
    /// The keys that were written (in a dry run: would be written), by type, as `TYPE` names it.
    pub by_type: ByType,
    /// Payload bytes that were written; in a dry run of a file, that would be written. Null in a dry run that reads from a
    /// server, because it reads no values.
    pub bytes: Option<u64>,
    /// The memory at the source of the keys that would be written, in bytes: an estimate of a dry run that reads from a
    /// server. Null if it is unknown, and in a run.
    pub memory_bytes: Option<u64>,
    /// How long a run takes at the configured pace, at least: an estimate of a dry run. Null in a run, if no pauses and no
    /// limits are configured, and if the dry run has not counted all keys.
    pub estimated_seconds: Option<Seconds>,
    /// How the written payloads were adapted to the destination. All zero in a dry run.
    pub payloads: PayloadTally,
    /// The outcomes of the function libraries. All zero if the source is a server and the job does not restore them.
    pub libraries: LibraryTally,
    /// How long the job waited for servers that could not answer, by endpoint and cause. Empty if it did not wait.
    pub waits: Vec<WaitReport>,
    /// The keys that the servers have evicted while the job ran.
    pub evicted: EvictedReport,
    /// What verification found; null if the job was not verified, and until its verification begins.
    pub verification: Option<VerificationReport>,
    /// The earlier walks, which ended because another process answered in place of a server, in order. Their outcomes
    /// are not part of `outcomes`, which are those of the last walk.
    pub restarts: Vec<RestartReport>,
    /// When the job ran, and how fast; null if it did not run.
    pub timings: Option<Timings>,
    /// The source of the job.
    pub source: SourceReport,
    /// The destination of the job.
    pub destination: DestinationReport,
    /// The effective configuration, with the keys of a job file. Secrets are `***`.
    pub configuration: serde_json::Map<String, serde_json::Value>,
}

/// Keys that failed for one reason. Numbers and the names of keys do not make another reason.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FailureReport {
    /// The kind of reason.
    pub code: FailureCode,
    /// The endpoint that refused the keys, or could not hold them.
    pub side: Side,
    /// The message for the first key; the key's name is replaced by `KEY`.
    pub message: String,
    /// The number of keys.
    pub count: u64,
    /// The same by the server that refused them, such as a node of a cluster, or by the file that they are from: `host:port`,
    /// or a path. Keys are not in it if it is not known who refused which.
    pub by_server: BTreeMap<String, u64>,
    /// The first key, as `redis-cli` shows it, cut after 200 bytes; null if no single key is known.
    pub example_key: Option<String>,
    /// The database of that key at the source; null if the job reads one database.
    pub example_db: Option<u16>,
    /// The name of that key at the destination; null if it is the same.
    pub example_destination_key: Option<String>,
}

/// The keys that the servers of a job have evicted while it ran, because of its load or of other clients.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvictedReport {
    /// By the source. These keys may not have been copied. Null if it is unknown, and for a file.
    pub source: Option<u64>,
    /// By the destination. These keys may be copied ones. Null if it is unknown.
    pub destination: Option<u64>,
}

/// The waits of a job for one endpoint and one cause.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitReport {
    /// The endpoint that could not answer.
    pub endpoint: Side,
    /// Why it could not answer.
    pub cause: WaitCause,
    /// The number of waits.
    pub count: u64,
    /// The sum of all waits.
    pub seconds: Seconds,
    /// The longest wait.
    pub longest_seconds: Seconds,
}

/// What verification found: whether source and destination are the same.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerificationReport {
    /// The keys of the source that match, or of a sample of them: the sum of `vanished`, `failed` and all numbers of `keys` but
    /// `extra`.
    pub compared: u64,
    /// The results of the keys that were compared.
    pub keys: VerifyTally,
    /// Deleted or expired at the source before they could be compared.
    pub vanished: u64,
    /// Could not be read; the error log gives the reasons.
    pub failed: u64,
    /// The sample; null if every key was compared, and until the verification has ended.
    pub sample: Option<SampleReport>,
    /// Whether extra keys are no difference: `verify_extra` is `ignore`.
    pub ignores_extra: bool,
    /// Whether the verification has reached its end. If not, the other keys may differ.
    pub complete: bool,
    /// Whether no key differs of those that were compared. Keys that `failed` are not known to differ.
    pub clean: bool,
    /// The duration of the verification.
    pub seconds: Seconds,
}

/// Which part of the keys was compared.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SampleReport {
    /// The probability with which a key is in the sample, 0 to 1.
    pub rate: f64,
    /// At most this share of all keys differs, 0 to 1, with the confidence of `confidence`.
    pub most_different: f64,
    /// The probability that `most_different` is right, 0 to 1.
    pub confidence: f64,
}

/// A walk that ended because another process answered in place of a server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RestartReport {
    /// Which server, and why the walk could not continue.
    pub reason: String,
    /// The outcomes of the keys until then.
    pub outcomes: Tally,
}

/// When a job ran, and how fast.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Timings {
    /// When the job started.
    pub started: Moment,
    /// When the job ended; null while it runs.
    pub ended: Option<Moment>,
    /// The duration of the job until now.
    pub seconds: Seconds,
    /// Matched keys per second, or compared ones if no key was moved; null if no time has passed.
    pub keys_per_second: Option<u64>,
}

/// The source of a job: a server or a file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceReport {
    /// `host:port` or the path of a Unix socket, as in the job; null for a file.
    pub address: Option<String>,
    /// The path of the file, or `standard input`; the paths of several files, with `, ` between them; null for a server.
    pub file: Option<String>,
    /// The files of the job, in the order in which they are read. Empty for a server, and until the job has ended.
    pub files: Vec<FileTally>,
    /// The databases whose keys are read.
    pub db: SourceDatabases,
    /// What the server reports about itself; null if it was not reached, and for a file. Of a cluster, the node with the
    /// oldest version.
    pub server: Option<ServerReport>,
    /// The nodes of a cluster that the job was connected to when it began. Empty for a single server and for a file.
    pub nodes: Vec<NodeReport>,
    /// What the first file contains about itself; null if it was not read, and for a server.
    pub backup: Option<BackupReport>,
}

/// What a file contains about itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BackupReport {
    /// The flavour of the server that wrote the file.
    pub flavour: Flavour,
    /// The version of that server; null if the file does not contain it.
    pub version: Option<String>,
    /// The version of the RDB format.
    pub rdb_version: u16,
    /// When the server started to write the file; null if the file does not contain it.
    pub created: Option<Moment>,
    /// The size of the file in bytes; null for a pipe.
    pub size: Option<u64>,
}

/// The destination of a job.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DestinationReport {
    /// `host:port` or the path of a Unix socket, as in the job.
    pub address: String,
    /// The databases that keys are written to.
    pub db: DestinationDatabases,
    /// What the server reports about itself; null if it was not reached. Of a cluster, the node with the oldest version.
    pub server: Option<ServerReport>,
    /// The nodes of a cluster that the job was connected to when it began. Empty for a single server.
    pub nodes: Vec<NodeReport>,
}

/// What a server reports about itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ServerReport {
    /// The flavour of the server.
    pub flavour: Flavour,
    /// The version of the server.
    pub version: String,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: String,
    /// The identifier of the server process; empty if the server does not report it, and for a cluster.
    pub run_id: String,
}

/// A node of a cluster, when the job began.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeReport {
    /// The address that the job used: `host:port`.
    pub address: String,
    /// Its id in the cluster.
    pub id: String,
    /// Whether it is a master or a replica.
    pub role: Role,
    /// The version of the server.
    pub version: String,
    /// The identifier of the server process; empty if the server does not report it.
    pub run_id: String,
    /// The number of slots that it serves, or that a replica has of its master.
    pub slots: usize,
    /// Its keys in all databases.
    pub keys: u64,
}

/// The role of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It serves slots.
    Master,
    /// It has a copy of the keys of a master.
    Replica,
}
