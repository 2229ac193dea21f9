//! A job as its layers come to, each value in itself valid. What the JSON Schema is made of.
//!
//! Keys that have a default are no `Option`, as the weakest layer gives them; in a file they may be left out all
//! the same, which the schema says. What each key is about stands in the table of [`super::keys`].

use schemars::JsonSchema;
use serde::Deserialize;

use super::elements::{
    AtLeastOne, Bytes, Database, ErrorLogMode, ExcludedPatterns, ExistingKeys, FilePath, Flag, Host, JobName,
    LaneCount, Password, Patterns, Pause, PipelineBatch, Port, RdbPath, ScanBatch, ServerUrl, SourceDatabase, Timeout,
    TypeNames, Unsupported, Username,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct RawJob {
    pub name: JobName,
    pub source: RawSource,
    pub destination: RawEndpoint,
    #[serde(rename = "match")]
    pub matches: Patterns,
    pub exclude: Option<ExcludedPatterns>,
    pub types: Option<TypeNames>,
    pub scan_batch_size: ScanBatch,
    pub lanes: LaneCount,
    pub pipeline_batch_size: PipelineBatch,
    pub max_processed_existing_keys: AtLeastOne,
    pub sleep: Pause,
    pub max_keys_per_second: Option<AtLeastOne>,
    pub max_bytes_per_second: Option<Bytes>,
    pub max_source_latency: Option<Timeout>,
    pub max_errored_keys: AtLeastOne,
    pub on_existing: ExistingKeys,
    pub on_unsupported: Unsupported,
    pub functions: Flag,
    pub error_log: RawErrorLog,
}

/// A server's keys, of which a file has none but its own and the database.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct RawSource {
    pub host: Option<Host>,
    pub port: Option<Port>,
    pub db: SourceDatabase,
    pub username: Option<Username>,
    pub password: Option<Password>,
    #[expect(dead_code, reason = "as at the destination")]
    pub password_file: Option<FilePath>,
    #[expect(dead_code, reason = "as at the destination")]
    pub url: Option<ServerUrl>,
    pub rdb: Option<RdbPath>,
    pub connect_timeout: Option<Timeout>,
    pub response_timeout: Option<Timeout>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct RawEndpoint {
    pub host: Option<Host>,
    pub port: Port,
    pub db: Database,
    pub username: Option<Username>,
    pub password: Option<Password>,
    #[expect(dead_code, reason = "it is read while its origin is at hand, to be named if that fails")]
    pub password_file: Option<FilePath>,
    #[expect(dead_code, reason = "layers make single keys of it before they are merged; it is here for the schema")]
    pub url: Option<ServerUrl>,
    pub connect_timeout: Timeout,
    pub response_timeout: Timeout,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct RawErrorLog {
    pub path: FilePath,
    pub mode: ErrorLogMode,
}
