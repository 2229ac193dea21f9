//! The record of a job, as it is in its file.

use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::digest::digest;
use super::fingerprint::Fingerprint;
use super::format::FORMAT_VERSION;
use super::moment;
use super::problem::CheckpointProblem;
use crate::sanitize;

/// How every record begins.
const BEGINNING: &str = "{\"redis-keys-migrator checkpoint\":";
/// How every record ends, before and after its checksum.
const CHECKSUM: [&str; 2] = [",\"checksum\":\"", "\"}\n"];

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record<W> {
    #[serde(rename = "redis-keys-migrator checkpoint")]
    pub format_version: u32,
    /// The name of the job.
    pub job: String,
    pub program_version: String,
    #[serde(with = "moment")]
    pub written_at: SystemTime,
    pub state: State,
    /// The keys that have an outcome.
    pub keys: u64,
    pub fingerprint: Fingerprint,
    /// What the walk needs to continue.
    pub walk: W,
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It runs, or the process was killed.
    Running,
    /// It ended early.
    Stopped,
    /// Its source was walked to the end.
    Finished,
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "redis-keys-migrator checkpoint")]
    format_version: u32,
    #[serde(default)]
    program_version: String,
}

impl<W: Serialize> Record<W> {
    /// The content of the file: JSON in one line. Its last field is a checksum of all bytes before it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = serde_json::to_string(self).expect("the keys of all maps are text");
        text.pop();
        let checksum = digest(text.as_bytes());
        let [before, after] = CHECKSUM;
        text.extend([before, &checksum, after]);
        text.into_bytes()
    }
}

impl<W: DeserializeOwned> Record<W> {
    /// Reads the content of a file, whatever it is.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointProblem> {
        let is_cut = BEGINNING.as_bytes().starts_with(bytes);
        if is_cut || !bytes.starts_with(BEGINNING.as_bytes()) {
            return Err(if is_cut { damaged("it ends early") } else { CheckpointProblem::Foreign });
        }
        let head: Head = from_json(bytes)?;
        if head.format_version > FORMAT_VERSION {
            return Err(CheckpointProblem::Newer {
                program: sanitize::short(&head.program_version),
                format: head.format_version,
            });
        }
        check_sum(bytes)?;
        from_json(bytes)
    }
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CheckpointProblem> {
    serde_json::from_slice(bytes).map_err(|error| damaged(&sanitize::short(&error.to_string())))
}

fn check_sum(bytes: &[u8]) -> Result<(), CheckpointProblem> {
    let [before, after] = CHECKSUM;
    let parts = bytes.strip_suffix(after.as_bytes()).and_then(|bytes| {
        let (rest, checksum) = bytes.split_at_checked(bytes.len().checked_sub(digest(b"").len())?)?;
        Some((rest.strip_suffix(before.as_bytes())?, checksum))
    });
    match parts {
        Some((content, checksum)) if digest(content).as_bytes() == checksum => Ok(()),
        Some(_) => Err(damaged("its checksum is wrong")),
        None => Err(damaged("it has no checksum")),
    }
}

fn damaged(why: &str) -> CheckpointProblem {
    CheckpointProblem::Damaged(why.to_owned())
}
