//! What a server says about itself.

use serde::Serialize;

/// Whose server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Redis, or something that passes for it.
    Redis,
    /// Valkey.
    Valkey,
}

/// What `INFO` tells of a server; shown in summaries and reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerFacts {
    /// `host:port` as the job gives it.
    pub address: String,
    /// Whose server it is.
    pub flavour: Flavour,
    /// Its version, as in `7.0.15`.
    pub version: String,
    /// Identifies the running process; empty where it is kept from us.
    pub run_id: String,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: String,
}
