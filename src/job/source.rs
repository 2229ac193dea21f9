//! Where a job's keys are read from.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::{Databases, Endpoint};

/// Where a job's keys are read from.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Source {
    /// A server.
    Server(Server),
    /// A file that a server saved.
    Backup(Backup),
}

/// A server, and the databases that are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Which databases.
    pub db: Databases,
    /// The server. Its connections select the first of the databases.
    #[serde(flatten)]
    pub endpoint: Endpoint,
}

/// RDB files, and the databases that are read.
#[derive(Clone, Debug, Serialize)]
pub struct Backup {
    /// The files, at least one, in the order in which they are read.
    #[serde(rename = "rdb", serialize_with = "one_or_many")]
    pub files: Vec<BackupPath>,
    /// Which databases.
    pub db: Databases,
}

/// The location of an RDB file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupPath {
    /// A file, relative to the current directory.
    File(PathBuf),
    /// Standard input, from its current position. It can be read only once.
    StandardInput,
}

impl Source {
    /// The databases whose keys are read.
    #[must_use]
    pub fn databases(&self) -> &Databases {
        match self {
            Self::Server(Server { db, .. }) | Self::Backup(Backup { db, .. }) => db,
        }
    }

    /// The server, if the source is a server.
    #[must_use]
    pub fn server(&self) -> Option<&Endpoint> {
        match self {
            Self::Server(server) => Some(&server.endpoint),
            Self::Backup(_) => None,
        }
    }

    /// The backup, if the source is a backup.
    #[must_use]
    pub fn backup(&self) -> Option<&Backup> {
        match self {
            Self::Server(_) => None,
            Self::Backup(backup) => Some(backup),
        }
    }
}

/// One file is a text, as in most job files.
fn one_or_many<S: Serializer>(files: &[BackupPath], to: S) -> Result<S::Ok, S::Error> {
    match files {
        [only] => only.serialize(to),
        many => many.serialize(to),
    }
}

/// The names of all files.
impl fmt::Display for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.files.iter().map(BackupPath::to_string).collect();
        f.write_str(&names.join(", "))
    }
}

/// Its name in messages.
impl fmt::Display for BackupPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}

/// As in the job file.
impl Serialize for BackupPath {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::File(path) => path.serialize(to),
            Self::StandardInput => to.serialize_str("-"),
        }
    }
}
