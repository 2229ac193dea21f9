//! The files that a run reads. None of its outputs may be one of them.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use super::identity::Identity;
use crate::job::{BackupPath, KeyList, ListLines};

/// A file that a run reads. An output in its place would destroy it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A job file.
    JobFile(PathBuf),
    /// A file that holds a password of a job.
    PasswordFile(PathBuf),
    /// The keys of a job.
    KeyList(KeyList),
    /// The source of a job. Standard input may also be a file.
    Backup(BackupPath),
}

impl Input {
    /// Its identity; `None` if it does not exist and therefore cannot be destroyed.
    pub(super) fn identity(&self) -> Option<Identity> {
        match self {
            Self::JobFile(path) | Self::PasswordFile(path) | Self::Backup(BackupPath::File(path)) => of_file(path),
            Self::KeyList(list) => of_file(&list.path),
            Self::Backup(BackupPath::StandardInput) => of_standard_input(),
        }
    }
}

fn of_file(path: &Path) -> Option<Identity> {
    rustix::fs::stat(path).ok().map(|stat| Identity::of(&stat))
}

fn of_standard_input() -> Option<Identity> {
    rustix::fs::fstat(io::stdin()).ok().map(|stat| Identity::of(&stat))
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JobFile(path) => write!(f, "the job file `{}`", path.display()),
            Self::Backup(path) => write!(f, "the backup `{path}`"),
            Self::KeyList(list) if list.lines == ListLines::ErrorLog => write!(f, "{list}, whose keys are run again"),
            Self::KeyList(list) => write!(f, "{list}"),
            Self::PasswordFile(path) => write!(f, "the password file `{}`", path.display()),
        }
    }
}
