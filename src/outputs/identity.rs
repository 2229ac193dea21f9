//! What identifies a file.

use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Identifies a file, to find out whether two paths lead to it, also through links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// A file that exists.
    Found { device: u64, inode: u64 },
    /// A file that would be created, in this directory under this name.
    Missing { device: u64, inode: u64, name: OsString },
}

impl Identity {
    /// That of a file that exists.
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self::Found { device: metadata.dev(), inode: metadata.ino() }
    }
}
