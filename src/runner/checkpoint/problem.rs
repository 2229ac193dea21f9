//! Why a checkpoint cannot be used.

use std::path::PathBuf;

use super::format::FORMAT_VERSION;

/// A checkpoint that a run cannot use. The run does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the checkpoint `{}` of job `{job}` {problem}", path.display())]
pub struct CheckpointError {
    pub job: String,
    /// As the job gives it.
    pub path: PathBuf,
    pub problem: CheckpointProblem,
}

/// What can be wrong with a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointProblem {
    #[error("cannot be read: {0}")]
    Unread(String),
    /// It is another file, which must not be overwritten.
    #[error("is not a checkpoint, and is not overwritten\n  hint: choose another path, or remove the file")]
    Foreign,
    #[error(
        "is damaged: {0}\n  hint: `--discard-checkpoint` removes it, and the job starts from the beginning; keys that were \
         copied before are `existing` then"
    )]
    Damaged(String),
    #[error(
        "was written by version {program} in format {format}, but this version reads format {FORMAT_VERSION} and older\n  \
         hint: continue with that version, or start from the beginning with `--discard-checkpoint`"
    )]
    Newer { program: String, format: u32 },
    #[error("belongs to job `{0}`\n  hint: choose another path, or remove it with `--discard-checkpoint`")]
    OtherJob(String),
    #[error(
        "belongs to a run that has not finished (written at {written_at}, after {keys} keys)\n  hint: `--resume` continues \
         that run; `--discard-checkpoint` starts from the beginning"
    )]
    Unfinished { written_at: String, keys: u64 },
    /// With `--resume=strict`.
    #[error(
        "does not fit: {}\n  hint: `--resume` starts from the beginning then; `--resume=strict` refuses that", .0.join("; ")
    )]
    Changed(Vec<String>),
}
