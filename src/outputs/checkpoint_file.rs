//! The file of a checkpoint: read once, replaced often.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::claim::Claim;
use super::handle::{self, Handle, Opening};
use super::kind::FileKind;
use super::place::{self, Place};
use super::successor::Successor;
use super::{Output, OutputProblem, Patience};

/// More bytes are not read: a record is much shorter.
const MAX_BYTES: u64 = 1 << 20;

/// The file of a checkpoint. Unless it was opened for a dry run, no other run can use it as long as this lives, whether the
/// file exists or not.
///
/// Two locks are needed. The name is reserved for this machine while there is no file. The file is locked for runs on other
/// machines and in other containers; each file that replaces it is locked before it gets the name.
#[derive(Debug)]
pub struct CheckpointFile {
    output: Output,
    place: Place,
    /// The file that has the name now, locked. `None` if there is none, or for a dry run.
    current: Option<Handle>,
    _claim: Option<Claim>,
}

/// Finds the place of a checkpoint, and checks that files can be replaced there.
pub(super) fn place(path: &Path) -> Result<Place, OutputProblem> {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(OutputProblem::Link);
    }
    let place = place::resolve(path)?;
    match place.kind {
        FileKind::Regular | FileKind::Missing => place.check_directory()?,
        FileKind::Fifo | FileKind::Device => return Err(OutputProblem::Special),
    }
    Ok(place)
}

impl CheckpointFile {
    /// Locks the file if it `must_be_free`.
    pub(super) fn of(output: &Output, place: Place, must_be_free: bool) -> Result<Self, OutputProblem> {
        let (mut current, mut claim) = (None, None);
        if must_be_free {
            claim = Some(Claim::of_every_file(&place)?);
            if place.kind == FileKind::Regular {
                let handle = handle::open(&place, Opening::Report)?;
                handle.lock()?;
                if !handle.is_at(&place) {
                    return Err(OutputProblem::InUse);
                }
                current = Some(handle);
            }
        }
        Ok(Self { output: output.clone(), place, current, _claim: claim })
    }

    /// The name of its job.
    pub fn job(&self) -> &str {
        match &self.output {
            Output::Checkpoint { job, .. } | Output::ErrorLog { job, .. } | Output::Differences { job, .. } => job,
            Output::Report { .. } => "",
        }
    }

    /// As the job gives it.
    pub fn path(&self) -> &Path {
        self.output.path()
    }

    /// Its content; `None` if there is no file. A longer file is cut.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = match rustix::fs::openat(&*self.place.dir, &self.place.name, flags, Mode::empty()) {
            Ok(file) => file.into(),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Replaces the content. If that fails, the file is as it was.
    ///
    /// # Errors
    ///
    /// The new content cannot be written. [`AlreadyExists`](io::ErrorKind::AlreadyExists), if another run has taken the place.
    pub fn write(&mut self, content: &[u8]) -> io::Result<()> {
        let (successor, patience) = (Successor::private(&self.place)?, Patience::default());
        let handle = match &self.current {
            Some(_) => successor.take_over(content, &patience)?,
            None => successor.take_free_place(content, &patience)?,
        };
        self.current = Some(handle);
        self.sync_directory();
        Ok(())
    }

    /// Removes the file, if there is one of this run.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub fn remove(&mut self) -> io::Result<()> {
        if self.current.take().is_some() {
            match rustix::fs::unlinkat(&*self.place.dir, &self.place.name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => self.sync_directory(),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// So that the new name survives a crash of the system. Not every file system can do that, and not every directory can
    /// be opened.
    fn sync_directory(&self) {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if let Ok(dir) = rustix::fs::openat(&*self.place.dir, ".", flags, Mode::empty()) {
            let _ = rustix::fs::fsync(dir);
        }
    }
}
