//! Why an output cannot be used, found before the first key moves.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::Input;

/// One of the files that a run writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The error log of a job.
    ErrorLog {
        /// The job's name.
        job: String,
        /// As the job gives it.
        path: PathBuf,
    },
    /// The file that `--report` names.
    Report {
        /// As the command line gives it.
        path: PathBuf,
    },
}

impl Output {
    /// Where it is, as it was given.
    #[must_use]
    pub fn path(&self) -> &PathBuf {
        match self {
            Self::ErrorLog { path, .. } | Self::Report { path } => path,
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorLog { job, path } => {
                write!(f, "the error log `{}` (`error_log.path` of job `{job}`)", path.display())
            }
            Self::Report { path } => write!(f, "the report `{}` (`--report`)", path.display()),
        }
    }
}

/// An output that cannot be used. The run ends with exit code 2 and no key has moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{output} {problem}")]
pub struct OutputError {
    /// Which one.
    pub output: Output,
    /// What is wrong with it.
    pub problem: OutputProblem,
}

/// What can be wrong with an output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputProblem {
    /// It is a directory, or can only be one.
    #[error("is a directory, but must be a file")]
    Directory,
    /// It is a socket, which cannot be opened.
    #[error("is a socket, but must be a file")]
    Socket,
    /// Its directory does not exist, and is not created.
    #[error("cannot be created: there is no directory `{}`", .0.display())]
    NoParent(PathBuf),
    /// Nothing can be created in its directory.
    #[error("cannot be created in `{}`: {message}", parent.display())]
    ParentNotWritable {
        /// The directory.
        parent: PathBuf,
        /// The system's message.
        message: String,
    },
    /// Two outputs would write over each other.
    #[error("is one file with {0}: they must differ")]
    SameFile(Box<Output>),
    /// The run reads it, and it would be lost.
    #[error("is one file with {0}: they must differ")]
    Input(Input),
    /// Nothing would read what is written to it.
    #[error("is a FIFO without a reader\nhint: start its reader before the run")]
    NoReader,
    /// Another run writes it.
    #[error("is in use: another run holds it")]
    Held,
    /// Anything else.
    #[error("cannot be written: {0}")]
    System(String),
}

impl From<io::Error> for OutputProblem {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string())
    }
}
