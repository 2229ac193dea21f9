//! The files that a run reads, which none of its outputs may be.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use super::target::Identity;

/// A file that a run reads. An output in its place would be the end of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A job file.
    JobFile(PathBuf),
    /// A file that holds a password of a job.
    PasswordFile(PathBuf),
    /// A file that a job's keys come from.
    Backup(PathBuf),
}

impl Input {
    /// Tells which file it is; `None` where it is not there, and so cannot be harmed.
    pub(super) fn identity(&self) -> Option<Identity> {
        let (Self::JobFile(path) | Self::PasswordFile(path) | Self::Backup(path)) = self;
        fs::metadata(path).ok().map(|metadata| Identity::of(&metadata))
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JobFile(path) => write!(f, "the job file `{}`", path.display()),
            Self::Backup(path) => write!(f, "the backup `{}`", path.display()),
            Self::PasswordFile(path) => write!(f, "the password file `{}`", path.display()),
        }
    }
}
