//! How a job ended: one word, and the reasons.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Side, Stop};
use crate::event::{Obstacle, Status};

/// How a job ended. Tables and reports show this word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusWord {
    /// The source was read completely. Keys may have failed.
    Done,
    /// The source was read completely, but fewer keys matched than `min_keys`. Keys may have failed.
    TooFew,
    /// SIGINT, SIGTERM or SIGHUP stopped the job.
    Interrupted,
    /// `--max-duration` stopped the job.
    TimeLimit,
    /// The number of failed keys reached `max_errored_keys`.
    ErrorLimit,
    /// The source or the destination was lost, or refused every further request.
    EndpointFailed,
    /// The backup could not be read completely.
    BackupFailed,
    /// The list of keys could not be read completely.
    KeysFromFailed,
    /// The source was read completely, but its data were replaced meanwhile.
    SourceChanged,
    /// The source was read completely, but the data of the destination were replaced meanwhile.
    DestinationChanged,
    /// The error log or the checkpoint could not be written. If it was only the checkpoint, the source was read completely.
    OutputFailed,
    /// A fault of this program stopped the job.
    InternalError,
    /// The job was refused before its first key.
    Refused,
    /// The job is disabled.
    Disabled,
    /// The job did not start, because of a signal or `--max-duration`, or because another job was refused or ended early. If it shared a walk
    /// with the job that ended early, it has stopped, and keys may have been copied.
    NotRun,
    /// The job is running. Only in the report of a run that has not ended.
    Running,
    /// The job has not started. Only in the report of a run that has not ended.
    Waiting,
}

impl From<&Status> for StatusWord {
    fn from(status: &Status) -> Self {
        match status {
            Status::Done => Self::Done,
            Status::TooFew(_) => Self::TooFew,
            Status::Refused(_) => Self::Refused,
            Status::NotRun(Obstacle::Disabled) => Self::Disabled,
            Status::NotRun(_) => Self::NotRun,
            Status::Stopped(stops) => match stops.first() {
                Some(Stop::Interrupted(_)) => Self::Interrupted,
                Some(Stop::ErrorLimit { .. }) => Self::ErrorLimit,
                Some(Stop::Endpoint(_)) => Self::EndpointFailed,
                Some(Stop::Backup(_)) => Self::BackupFailed,
                Some(Stop::KeyList(_)) => Self::KeysFromFailed,
                Some(Stop::Changed { side: Side::Source, .. }) => Self::SourceChanged,
                Some(Stop::Changed { side: Side::Destination, .. }) => Self::DestinationChanged,
                Some(Stop::Output { .. } | Stop::Checkpoint { .. }) => Self::OutputFailed,
                Some(Stop::TimeLimit(_)) => Self::TimeLimit,
                Some(Stop::Unresumable { .. }) => Self::Refused,
                Some(Stop::EarlierJob(_)) => Self::NotRun,
                // A job that stopped without a reason would also be a fault of this program.
                Some(Stop::Internal(_)) | None => Self::InternalError,
            },
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::TooFew => "too-few",
            Self::Interrupted => "interrupted",
            Self::TimeLimit => "time-limit",
            Self::ErrorLimit => "error-limit",
            Self::EndpointFailed => "endpoint-failed",
            Self::BackupFailed => "backup-failed",
            Self::KeysFromFailed => "keys-from-failed",
            Self::SourceChanged => "source-changed",
            Self::DestinationChanged => "destination-changed",
            Self::OutputFailed => "output-failed",
            Self::InternalError => "internal-error",
            Self::Refused => "refused",
            Self::Disabled => "disabled",
            Self::NotRun => "not-run",
            Self::Running => "running",
            Self::Waiting => "waiting",
        })
    }
}

/// Why a job is not `done`, the strongest reason first. Empty if it is.
pub(super) fn reasons(status: &Status) -> Vec<String> {
    match status {
        Status::Done => Vec::new(),
        Status::TooFew(too_few) => vec![too_few.to_string()],
        Status::Stopped(stops) => stops.iter().map(Stop::to_string).collect(),
        Status::Refused(stop) => vec![stop.to_string()],
        Status::NotRun(obstacle) => vec![obstacle.to_string()],
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
        assert_eq!(words.len(), 15);
        for word in words {
            assert_eq!(serde_json::to_value(word).unwrap(), word.to_string());
        }
    }
}
