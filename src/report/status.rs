//! How a job ended, in a word and in a sentence.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Stop;
use crate::event::Status;

/// How a job ended, in a word: what tables and reports show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusWord {
    /// Its source was walked to the end. Keys may have failed.
    Done,
    /// SIGINT or SIGTERM ended it.
    Interrupted,
    /// As many keys failed as it allows.
    ErrorLimit,
    /// Its source or destination could not be used any more.
    EndpointFailed,
    /// The file that its keys come from could not be read to its end.
    BackupFailed,
    /// Its error log could not be written.
    OutputFailed,
    /// A fault of this program ended it.
    InternalError,
    /// It was refused before its first key.
    Refused,
    /// Another job's end or refusal kept it from being run.
    NotRun,
}

impl From<&Status> for StatusWord {
    fn from(status: &Status) -> Self {
        match status {
            Status::Done => Self::Done,
            Status::Refused(_) => Self::Refused,
            Status::NotRun => Self::NotRun,
            Status::Stopped(stops) => match stops.first() {
                Some(Stop::Interrupted(_)) => Self::Interrupted,
                Some(Stop::ErrorLimit { .. }) => Self::ErrorLimit,
                Some(Stop::Endpoint(_)) => Self::EndpointFailed,
                Some(Stop::Backup(_)) => Self::BackupFailed,
                Some(Stop::Output { .. }) => Self::OutputFailed,
                // A job that stopped for no reason would be a fault of this program, too.
                Some(Stop::Internal(_)) | None => Self::InternalError,
            },
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Interrupted => "interrupted",
            Self::ErrorLimit => "error-limit",
            Self::EndpointFailed => "endpoint-failed",
            Self::BackupFailed => "backup-failed",
            Self::OutputFailed => "output-failed",
            Self::InternalError => "internal-error",
            Self::Refused => "refused",
            Self::NotRun => "not-run",
        })
    }
}

/// Why a job did not reach its end, the strongest reason first; empty if it did.
pub(super) fn reasons(status: &Status) -> Vec<String> {
    match status {
        Status::Done => Vec::new(),
        Status::Stopped(stops) => stops.iter().map(Stop::to_string).collect(),
        Status::Refused(stop) => vec![stop.to_string()],
        Status::NotRun => vec!["another job's end or refusal kept it from being run".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn tables_and_reports_use_the_same_words() {
        let run = samples::every_status();
        let words: Vec<_> = run.jobs.iter().map(|job| StatusWord::from(&job.status)).collect();
        assert_eq!(words.len(), 9);
        for word in words {
            assert_eq!(serde_json::to_value(word).unwrap(), word.to_string());
        }
    }
}
