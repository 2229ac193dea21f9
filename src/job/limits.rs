//! Limits on the load on the source.

use std::time::Duration;

use serde::Serialize;

use super::as_optional_text;

/// Limits on the load of a job on its source, for all lanes together; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Keys read per second, ≥ 1.
    #[serde(rename = "max_keys_per_second")]
    pub keys_per_second: Option<u64>,
    /// Payload bytes read per second, ≥ 1.
    #[serde(rename = "max_bytes_per_second")]
    pub bytes_per_second: Option<u64>,
    /// How long the source may take to answer a `PING`.
    #[serde(rename = "max_source_latency", serialize_with = "as_optional_text")]
    pub source_latency: Option<Duration>,
}
