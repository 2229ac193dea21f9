//! Whether and how source and destination are compared after a job.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::{LogMode, as_optional_text};

/// Whether and how source and destination are compared after a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verify {
    /// Which keys are compared.
    #[serde(rename = "verify")]
    pub mode: VerifyMode,
    /// Whether keys that only the destination has are differences.
    #[serde(rename = "verify_extra")]
    pub extra: VerifyExtra,
    /// Expiries that are this close are equal; `None` for the default, which depends on the servers.
    #[serde(rename = "verify_tolerance", serialize_with = "as_optional_text")]
    pub tolerance: Option<Duration>,
    /// Where differences are recorded, as JSON Lines; relative to the current directory.
    #[serde(rename = "verify_log")]
    pub log: PathBuf,
    /// What happens to such a file that exists: a run that continues an earlier one adds to it.
    #[serde(skip)]
    pub log_mode: LogMode,
}

#[cfg(test)]
impl Verify {
    /// Nothing is compared.
    pub(crate) fn off() -> Self {
        let log = "redis-keys-migrator-differences.jsonl".into();
        let (mode, extra, log_mode) = (VerifyMode::Off, VerifyExtra::Differ, LogMode::Overwrite);
        Self { mode, extra, tolerance: None, log, log_mode }
    }
}

/// Which keys are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyMode {
    /// None.
    Off,
    /// A random sample.
    Sample,
    /// Every key.
    Full,
}

/// Whether keys that only the destination has are differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifyExtra {
    /// They are.
    Differ,
    /// They are counted, and are no differences.
    Ignore,
}
