//! One open output.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::identity::Identity;
use super::kind::FileKind;
use super::place::Place;
use super::{Output, OutputProblem};
use crate::job::LogMode;

/// How an output is opened. Truncation is never part of it: a lock comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Every write appends. If the file is created, its mode is 0600, because it contains keys.
    Log,
    /// If the file is created, its mode is that of the umask, because it contains no keys.
    Report,
    /// If the file is created, its mode is 0600, because it contains examples of keys.
    ReportWithKeys,
}

/// One open output.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) file: File,
    pub(super) kind: FileKind,
    pub(super) identity: Identity,
    /// The number of names of the file.
    pub(super) names: u64,
}

/// Opens an existing file without waiting: a FIFO must already have a reader. Writes do not wait either, see
/// [`Patience`](super::Patience).
///
/// `O_CREAT` is not part of it: in a sticky directory such as `/tmp`, some systems refuse that flag for a FIFO or a file of
/// another user, although writing is allowed.
pub(super) fn open(place: &Place, opening: Opening) -> Result<Handle, OutputProblem> {
    open_with(place, opening, OFlags::empty()).map_err(|errno| match errno {
        // A FIFO without a reader returns this error, and so does a missing device.
        Errno::NXIO if place.kind == FileKind::Fifo => OutputProblem::NoReader,
        errno => errno.into(),
    })
}

/// Creates the file, or opens the one that was created since its place was found.
pub(super) fn create(place: &Place, opening: Opening) -> Result<Handle, Errno> {
    match open_with(place, opening, OFlags::CREATE | OFlags::EXCL) {
        Err(Errno::EXIST) => open_with(place, opening, OFlags::empty()),
        created => created,
    }
}

fn open_with(place: &Place, opening: Opening, flags: OFlags) -> Result<Handle, Errno> {
    let (append, mode) = match opening {
        Opening::Log => (OFlags::APPEND, Mode::RUSR | Mode::WUSR),
        Opening::Report => (OFlags::empty(), Mode::from_raw_mode(0o666)),
        Opening::ReportWithKeys => (OFlags::empty(), Mode::RUSR | Mode::WUSR),
    };
    // Its place has no link any more, except in `/proc`.
    let no_link = if place.is_open_file { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = flags | append | no_link | OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    Handle::of(rustix::fs::openat(&*place.dir, &place.name, flags, mode)?.into())
}

impl Handle {
    pub(super) fn of(file: File) -> Result<Self, Errno> {
        let stat = rustix::fs::fstat(&file)?;
        // A directory or a socket cannot be opened for writing.
        let kind = FileKind::of(&stat).unwrap_or(FileKind::Device);
        Ok(Self { kind, identity: Identity::of(&stat), names: stat.st_nlink, file })
    }

    /// Locks a regular file for this run. The system releases the lock when the file is closed, however the run ends.
    pub(super) fn lock(&self) -> Result<(), OutputProblem> {
        if self.kind != FileKind::Regular {
            return Ok(());
        }
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(OutputProblem::InUse),
            Err(TryLockError::Error(error)) if cannot_lock(&error) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Checks that no other name of the file would lose its content.
    pub(super) fn check_names(&self, output: &Output, mode: LogMode) -> Result<(), OutputProblem> {
        check_names((self.kind, self.names), output, mode)
    }

    /// Whether the file still has its place. Another run may have replaced it.
    pub(super) fn is_at(&self, place: &Place) -> bool {
        rustix::fs::statat(&*place.dir, &place.name, AtFlags::empty())
            .is_ok_and(|stat| Identity::of(&stat) == self.identity)
    }

    /// Empties a regular file. Other kinds of file have no content to remove.
    pub(super) fn truncate(&self) -> io::Result<()> {
        if self.kind == FileKind::Regular { self.file.set_len(0) } else { Ok(()) }
    }
}

/// Checks that no other name of a log would lose its content.
pub(super) fn check_names((kind, names): (FileKind, u64), output: &Output, mode: LogMode) -> Result<(), OutputProblem> {
    let loses = kind == FileKind::Regular && mode == LogMode::Overwrite && names > 1;
    let can_append = matches!(output, Output::ErrorLog { .. });
    if loses { Err(OutputProblem::SeveralNames { names, can_append }) } else { Ok(()) }
}

/// Some network file systems have no locks. The run continues there without one.
fn cannot_lock(error: &io::Error) -> bool {
    let no_locks = error.raw_os_error() == Some(Errno::NOLCK.raw_os_error());
    no_locks || error.kind() == ErrorKind::Unsupported
}
