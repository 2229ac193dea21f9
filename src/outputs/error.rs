//! Why an output cannot be used, found before the first key moves.

use std::fmt;
use std::io;
use std::path::PathBuf;

use rustix::io::Errno;

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
    /// The differences that the verification of a job finds.
    Differences {
        /// The job's name.
        job: String,
        /// As the job gives it.
        path: PathBuf,
    },
    /// The checkpoint of a job.
    Checkpoint {
        /// The job's name.
        job: String,
        /// As the job gives it.
        path: PathBuf,
    },
    /// A report.
    Report {
        /// Which one.
        format: ReportFormat,
        /// As the command line gives it.
        path: PathBuf,
    },
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// For programs: everything.
    Json,
    /// For people who read it on GitHub.
    Markdown,
    /// For CI systems.
    Junit,
}

impl ReportFormat {
    /// The option that names the file.
    fn option(self) -> &'static str {
        match self {
            Self::Json => "--report",
            Self::Markdown => "--report-markdown",
            Self::Junit => "--report-junit",
        }
    }
}

impl Output {
    /// Where it is, as it was given.
    pub fn path(&self) -> &PathBuf {
        match self {
            Self::ErrorLog { path, .. }
            | Self::Differences { path, .. }
            | Self::Checkpoint { path, .. }
            | Self::Report { path, .. } => path,
        }
    }

    /// Whether both can be one file: jobs share their error logs, and their differences files.
    pub(super) fn shares_with(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::ErrorLog { .. }, Self::ErrorLog { .. }) | (Self::Differences { .. }, Self::Differences { .. })
        )
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorLog { job, path } => {
                write!(f, "the error log `{}` (`error_log.path` of job `{job}`)", path.display())
            }
            Self::Differences { job, path } => {
                write!(f, "the differences file `{}` (`verify_log` of job `{job}`)", path.display())
            }
            Self::Checkpoint { job, path } => {
                write!(f, "the checkpoint `{}` (`checkpoint` of job `{job}`)", path.display())
            }
            Self::Report { format, path } => write!(f, "the report `{}` (`{}`)", path.display(), format.option()),
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
    /// The path is a directory, or ends with `/`.
    #[error("is a directory, but must be a file")]
    Directory,
    /// It is a socket, which cannot be opened.
    #[error("is a socket, but must be a file")]
    Socket,
    /// It is a device or a FIFO, which cannot be replaced.
    #[error("is a device or a FIFO, but must be a file")]
    Special,
    /// It is a symbolic link. A file that is replaced as a whole would take the place of the link.
    #[error("is a symbolic link, but must be a file, because it is replaced as a whole")]
    Link,
    /// Its directory does not exist. Directories are not created.
    #[error("cannot be created: there is no directory `{}`", .0.display())]
    NoParent(PathBuf),
    /// Its directory does not permit new files.
    #[error("cannot be created in `{}`: {message}", parent.display())]
    ParentNotWritable {
        /// The directory.
        parent: PathBuf,
        /// The system's message.
        message: String,
    },
    /// Two outputs would overwrite each other.
    #[error("is the same file as {0}; choose another path")]
    SameFile(Box<Output>),
    /// The run reads this file, so it must not be overwritten.
    #[error("is the same file as {0}; choose another path")]
    Input(Input),
    /// A link that another user may have created to mislead this run.
    #[error(
        "leads through the link `{}`, which belongs to another user (uid {owner}), in a directory where every user can \
         create links",
        link.display()
    )]
    ForeignLink {
        /// The link.
        link: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// To empty the file would empty what its other names show.
    #[error(
        "has {names} names (hard links), and all of them would be emptied\n  hint: remove it, or {}",
        if *can_append { "set `error_log.mode = \"append\"`" } else { "choose another path" }
    )]
    SeveralNames {
        /// How many.
        names: u64,
        /// Whether it can be appended to instead.
        can_append: bool,
    },
    /// No process would read what is written to it.
    #[error("is a FIFO without a reader\n  hint: start its reader before the run")]
    NoReader,
    /// Another run uses it.
    #[error("is in use by another run")]
    InUse,
    /// Anything else.
    #[error("cannot be written: {0}")]
    System(String),
}

impl From<Errno> for OutputProblem {
    fn from(errno: Errno) -> Self {
        io::Error::from(errno).into()
    }
}

impl From<io::Error> for OutputProblem {
    fn from(error: io::Error) -> Self {
        Self::System(error.to_string())
    }
}
