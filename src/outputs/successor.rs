//! A file that takes the place of another one at once.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::Patience;
use super::handle::Handle;
use super::place::Place;

/// More files of earlier runs that were killed are not expected.
const MAX_NAMES: u32 = 100;
const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A new file next to another one, whose place it takes. If it does not come to that, it is removed.
pub(super) struct Successor<'p> {
    file: File,
    name: String,
    place: &'p Place,
    has_taken_over: bool,
}

impl<'p> Successor<'p> {
    /// Creates the file, with owner and mode of the other one.
    pub(super) fn of(current: &Handle, place: &'p Place) -> io::Result<Self> {
        if place.is_open_file {
            return Err(Errno::XDEV.into());
        }
        let (file, name) = create(place)?;
        let new = Self { file, name, place, has_taken_over: false };
        let (old, own) = (rustix::fs::fstat(&current.file)?, rustix::fs::fstat(&new.file)?);
        if (old.st_uid, old.st_gid) != (own.st_uid, own.st_gid) {
            // Only the superuser can give a file away.
            let (uid, gid) = (rustix::fs::Uid::from_raw(old.st_uid), rustix::fs::Gid::from_raw(old.st_gid));
            let _ = rustix::fs::fchown(&new.file, Some(uid), Some(gid));
        }
        rustix::fs::fchmod(&new.file, Mode::from_raw_mode(old.st_mode & 0o7777))?;
        Ok(new)
    }

    /// Creates the file for its owner only. Its name is always the same, so an earlier run that was killed leaves at most
    /// one file. The caller has reserved the place.
    pub(super) fn private(place: &'p Place) -> io::Result<Self> {
        let name = format!(".redis-keys-migrator-{:016x}.tmp", name_hash(place));
        match rustix::fs::unlinkat(&*place.dir, &name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let file = rustix::fs::openat(&*place.dir, &name, NEW_FILE, Mode::RUSR | Mode::WUSR)?;
        Ok(Self { file: file.into(), name, place, has_taken_over: false })
    }

    /// Writes the content, and takes the place. After a crash of the system, either file is there, and it is whole.
    pub(super) fn take_over(mut self, content: &[u8], patience: &Patience) -> io::Result<Handle> {
        let handle = self.written(content, patience)?;
        let Place { dir, name, .. } = self.place;
        rustix::fs::renameat(&**dir, &self.name, &**dir, name)?;
        self.has_taken_over = true;
        Ok(handle)
    }

    /// Like [`Self::take_over`], but [`ErrorKind::AlreadyExists`](io::ErrorKind) if there is a file.
    pub(super) fn take_free_place(mut self, content: &[u8], patience: &Patience) -> io::Result<Handle> {
        let handle = self.written(content, patience)?;
        let Place { dir, name, .. } = self.place;
        match rustix::fs::renameat_with(&**dir, &self.name, &**dir, name, RenameFlags::NOREPLACE) {
            Ok(()) => self.has_taken_over = true,
            // Not every file system knows that flag. `drop` removes the first name.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                rustix::fs::linkat(&**dir, &self.name, &**dir, name, AtFlags::empty())?;
            }
            Err(errno) => return Err(errno.into()),
        }
        Ok(handle)
    }

    fn written(&self, content: &[u8], patience: &Patience) -> io::Result<Handle> {
        patience.write_all(&self.file, content)?;
        self.file.sync_data()?;
        let handle = Handle::of(self.file.try_clone()?)?;
        // Before it has the place, so that no other run can lock it.
        handle.lock().map_err(|problem| io::Error::other(problem.to_string()))?;
        Ok(handle)
    }
}

fn name_hash(place: &Place) -> u64 {
    let mut hasher = DefaultHasher::new();
    place.name.hash(&mut hasher);
    hasher.finish()
}

impl Drop for Successor<'_> {
    fn drop(&mut self) {
        if !self.has_taken_over {
            let _ = rustix::fs::unlinkat(&*self.place.dir, &self.name, AtFlags::empty());
        }
    }
}

fn create(place: &Place) -> io::Result<(File, String)> {
    for number in 0..MAX_NAMES {
        // Short, because the name of the other file may already have the maximum length.
        let name = format!(".redis-keys-migrator-{}-{number}.tmp", std::process::id());
        match rustix::fs::openat(&*place.dir, &name, NEW_FILE, Mode::RUSR | Mode::WUSR) {
            Ok(file) => return Ok((file.into(), name)),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(Errno::EXIST.into())
}
