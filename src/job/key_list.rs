//! A file that names the only keys that a job moves.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// A file that names the only keys that a job moves. It is read twice: checked completely, and then walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyList {
    /// Relative to the current directory.
    pub path: PathBuf,
    /// What each line is.
    pub lines: ListLines,
}

/// What the lines of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListLines {
    /// Names, quoted as `redis-cli` quotes them, or as they are.
    Names,
    /// Failed keys of an earlier run: those of the job count.
    ErrorLog,
}

/// Its name in messages.
impl fmt::Display for KeyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.lines {
            ListLines::Names => "list of keys",
            ListLines::ErrorLog => "error log",
        };
        write!(f, "the {kind} `{}`", self.path.display())
    }
}

/// As in the job file.
impl Serialize for KeyList {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.path.display())
    }
}
