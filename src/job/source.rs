//! Where a job's keys are read from.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::Endpoint;

/// Where a job's keys are read from.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Source {
    /// A server.
    Server(Endpoint),
    /// A file that a server saved.
    Backup(Backup),
}

/// An RDB file, and the databases that are read.
#[derive(Clone, Debug, Serialize)]
pub struct Backup {
    /// The file.
    pub rdb: BackupPath,
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

/// The databases of a file that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Databases {
    /// One database. Its keys go to the destination's `db`.
    One(u16),
    /// All databases. Each key goes to the database with the same index.
    All,
}

impl Source {
    /// The database whose keys are read; `None` for all.
    #[must_use]
    pub fn db(&self) -> Option<u16> {
        match self {
            Self::Server(endpoint) => Some(endpoint.db),
            Self::Backup(Backup { db: Databases::One(db), .. }) => Some(*db),
            Self::Backup(Backup { db: Databases::All, .. }) => None,
        }
    }

    /// The server, if the source is a server.
    #[must_use]
    pub fn server(&self) -> Option<&Endpoint> {
        match self {
            Self::Server(endpoint) => Some(endpoint),
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

impl Databases {
    /// Whether keys of this database are read.
    #[must_use]
    pub fn contains(self, db: u64) -> bool {
        match self {
            Self::One(only) => u64::from(only) == db,
            Self::All => true,
        }
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

/// As in the job file.
impl Serialize for Databases {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(db) => to.serialize_u16(*db),
            Self::All => to.serialize_str("all"),
        }
    }
}
