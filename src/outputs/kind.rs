//! The kinds of file that an output can be.

use rustix::fs::{FileType, Stat};

use super::OutputProblem;

/// The kinds of file that an output can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// The only kind that is truncated, replaced and locked.
    Regular,
    /// Does not exist.
    Missing,
    /// Can only be opened while another process reads it.
    Fifo,
    /// Several outputs can write to it.
    Device,
}

impl FileKind {
    /// The kind of an existing file. An error for a kind that no output can be.
    pub(super) fn of(stat: &Stat) -> Result<Self, OutputProblem> {
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Err(OutputProblem::Directory),
            FileType::Socket => Err(OutputProblem::Socket),
            FileType::Fifo => Ok(Self::Fifo),
            FileType::RegularFile => Ok(Self::Regular),
            _ => Ok(Self::Device),
        }
    }

    /// Whether two outputs, or an input and an output, may be the same file. Only a device may: a write to it
    /// overwrites nothing.
    pub(super) fn can_be_shared(self) -> bool {
        self == Self::Device
    }
}
