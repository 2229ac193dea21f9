//! One open output.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::target::{Identity, Kind};
use super::{EndRequested, OutputProblem};
use crate::error::Signal;

/// How often a FIFO is tried again that has no reader yet, and whether the end has been asked for.
pub(super) const READER_POLL: Duration = Duration::from_millis(50);

/// How an output is opened. Truncation is never part of it: a lock comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Made when it is missing, for our eyes only as keys are data; every write goes to its end.
    Log,
    /// Made when it is missing, as the umask says: it holds no keys.
    Report,
    /// Not made.
    Existing,
}

/// One open output.
#[derive(Debug)]
pub(super) struct Handle {
    pub(super) file: File,
    pub(super) kind: Kind,
    pub(super) identity: Identity,
}

/// Why an output was not opened.
#[derive(Debug)]
pub(super) enum Unopened {
    /// The system does not let us.
    System(io::Error),
    /// The end was asked for while a reader was waited for.
    Interrupted(Signal),
}

impl From<io::Error> for Unopened {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Opens an output. A FIFO is waited for until it has a reader or the end is asked for, and the log says so.
pub(super) fn open(path: &Path, opening: Opening, end: EndRequested<'_>) -> Result<Handle, Unopened> {
    let file = match open_now(path, opening) {
        Err(error) if waits_for_reader(path, &error) => wait_for_reader(path, opening, end)?,
        other => other?,
    };
    Ok(handle(file)?)
}

/// Opens a regular file that is there. Whatever has come into its place since it was seen is not waited for.
pub(super) fn open_regular(path: &Path) -> io::Result<Handle> {
    handle(open_now(path, Opening::Existing)?)
}

fn handle(file: File) -> io::Result<Handle> {
    // Only opening must not block; a full FIFO or a slow terminal has to.
    let flags = rustix::fs::fcntl_getfl(&file)?;
    rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
    let metadata = file.metadata()?;
    let kind = Kind::of(&metadata).map_err(|problem| io::Error::other(problem.to_string()))?;
    Ok(Handle { identity: Identity::of(&metadata), file, kind })
}

/// What is there is opened without `O_CREAT`: in a sticky directory such as `/tmp` systems refuse
/// that flag for a FIFO or a file of somebody else, though writing is allowed.
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

fn waits_for_reader(path: &Path, error: &io::Error) -> bool {
    let is_fifo = || fs::metadata(path).is_ok_and(|metadata| matches!(Kind::of(&metadata), Ok(Kind::Fifo)));
    error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) && is_fifo()
}

fn wait_for_reader(path: &Path, opening: Opening, end: EndRequested<'_>) -> Result<File, Unopened> {
    tracing::info!("waiting for a reader of the FIFO `{}`", path.display());
    loop {
        if let Some(signal) = end() {
            return Err(Unopened::Interrupted(signal));
        }
        thread::sleep(READER_POLL);
        match open_now(path, opening) {
            Err(error) if waits_for_reader(path, &error) => {}
            other => return Ok(other?),
        }
    }
}

impl Handle {
    /// Takes a regular file for this run; the system gives it back when the file is closed,
    /// however the run ends.
    pub(super) fn lock(&self) -> Result<(), OutputProblem> {
        if self.kind != Kind::Regular {
            return Ok(());
        }
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(OutputProblem::Held),
            Err(TryLockError::Error(error)) if cannot_lock(&error) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Empties a regular file. Anything else has nothing to be emptied of.
    pub(super) fn truncate(&self) -> io::Result<()> {
        if self.kind == Kind::Regular { self.file.set_len(0) } else { Ok(()) }
    }
}

/// Some network file systems know no locks. Better to run there unguarded than not at all.
fn cannot_lock(error: &io::Error) -> bool {
    let no_locks = error.raw_os_error() == Some(Errno::NOLCK.raw_os_error());
    no_locks || error.kind() == ErrorKind::Unsupported
}
