//! One open output.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::OutputProblem;
use super::identity::Identity;
use super::resolved_path::FileKind;

/// How an output is opened. Truncation is never part of it: a lock comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Created if it is missing, with mode 0600 because it contains keys. Every write appends.
    Log,
    /// Created if it is missing, with the mode of the umask because it contains no keys.
    Report,
    /// Not created.
    Existing,
}

/// One open output.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) file: File,
    pub(super) kind: FileKind,
    pub(super) identity: Identity,
}

/// Opens an output without waiting: a FIFO must already have a reader.
pub(super) fn open(path: &Path, opening: Opening) -> Result<Handle, OutputProblem> {
    let file = open_now(path, opening).map_err(|error| match error.raw_os_error() {
        // A FIFO without a reader returns this error, and so does a missing device.
        Some(code) if code == Errno::NXIO.raw_os_error() && is_fifo(path) => OutputProblem::NoReader,
        _ => error.into(),
    })?;
    // Only opening must not block; a write to a full FIFO or to a slow terminal has to.
    let flags = rustix::fs::fcntl_getfl(&file).map_err(io::Error::from)?;
    rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK).map_err(io::Error::from)?;
    let metadata = file.metadata()?;
    Ok(Handle { kind: FileKind::of(&metadata)?, identity: Identity::of(&metadata), file })
}

/// Opens an existing file without `O_CREAT`: in a sticky directory such as `/tmp`, some systems refuse that flag
/// for a FIFO or a file of another user, although writing is allowed.
fn open_now(path: &Path, opening: Opening) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).append(opening == Opening::Log).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && opening != Opening::Existing => {
            let mode = if opening == Opening::Log { 0o600 } else { 0o666 };
            options.create(true).mode(mode).open(path)
        }
        other => other,
    }
}

fn is_fifo(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| matches!(FileKind::of(&metadata), Ok(FileKind::Fifo)))
}

impl Handle {
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

    /// Empties a regular file. Other kinds of file have no content to remove.
    pub(super) fn truncate(&self) -> io::Result<()> {
        if self.kind == FileKind::Regular { self.file.set_len(0) } else { Ok(()) }
    }
}

/// Some network file systems have no locks. The run continues there without one.
fn cannot_lock(error: &io::Error) -> bool {
    let no_locks = error.raw_os_error() == Some(Errno::NOLCK.raw_os_error());
    no_locks || error.kind() == ErrorKind::Unsupported
}
