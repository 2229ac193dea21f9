//! The identity of a file.

use std::ffi::OsString;

use rustix::fs::Stat;

/// Identifies a file. Two paths with equal identities lead to the same file, also through links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// A file that exists.
    Found { device: u64, inode: u64 },
    /// A file that would be created, in this directory under this name.
    Missing { device: u64, inode: u64, name: OsString },
}

impl Identity {
    /// The identity of a file that exists.
    pub(super) fn of(stat: &Stat) -> Self {
        Self::Found { device: stat.st_dev, inode: stat.st_ino }
    }
}
