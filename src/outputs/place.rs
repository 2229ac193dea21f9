//! Finds the file that a path leads to.
//!
//! Directories are opened one after the other, and each link is checked before it is followed. What is found this way is
//! opened, created and replaced below its open directory, and not by its path again. So a link that another user creates
//! meanwhile changes nothing.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, Stat};
use rustix::io::Errno;

use super::OutputProblem;
use super::identity::Identity;
use super::kind::FileKind;

/// How many links are followed from one path, as in Linux.
const MAX_LINKS: usize = 40;

/// Where an output is: a name in a directory.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) dir: Arc<OwnedFd>,
    /// The path of the directory; empty for the current one.
    shown: PathBuf,
    pub(super) name: OsString,
    /// Whether the name is a link of `/proc`, such as `/proc/self/fd/1`. It leads to an open file, which may have no path.
    pub(super) is_open_file: bool,
    pub(super) kind: FileKind,
    pub(super) identity: Identity,
    /// The number of names of the file.
    pub(super) names: u64,
}

impl Place {
    fn parent(&self) -> PathBuf {
        if self.shown.as_os_str().is_empty() { PathBuf::from(".") } else { self.shown.clone() }
    }

    /// Checks that its directory permits new files.
    pub(super) fn check_directory(&self) -> Result<(), OutputProblem> {
        rustix::fs::accessat(&*self.dir, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::empty())
            .map_err(|errno| OutputProblem::ParentNotWritable { parent: self.parent(), message: errno.to_string() })
    }
}

/// Finds out where a path leads, and whether the file can be written. Changes nothing.
pub(super) fn resolve(path: &Path) -> Result<Place, OutputProblem> {
    let place = Walk::along(path)?.find_file()?;
    match place.kind {
        FileKind::Missing => place.check_directory()?,
        _ => rustix::fs::accessat(&*place.dir, &place.name, Access::WRITE_OK, AtFlags::empty())?,
    }
    Ok(place)
}

/// The way to a file.
struct Walk {
    dir: OwnedFd,
    /// The path of that directory.
    shown: PathBuf,
    /// What is left of the path, the next name last.
    rest: Vec<OsString>,
    links: usize,
}

impl Walk {
    fn along(path: &Path) -> Result<Self, OutputProblem> {
        let mut walk = Self { dir: open_dir(".")?, shown: PathBuf::new(), rest: Vec::new(), links: 0 };
        walk.follow(path)?;
        Ok(walk)
    }

    /// Continues with a path, which is followed by the rest.
    fn follow(&mut self, path: &Path) -> Result<(), OutputProblem> {
        if path.is_absolute() {
            (self.dir, self.shown) = (open_dir("/")?, PathBuf::from("/"));
        }
        if self.rest.is_empty() && path.as_os_str().as_bytes().ends_with(b"/") {
            return Err(OutputProblem::Directory);
        }
        let names = path.components().rev().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        });
        self.rest.extend(names);
        Ok(())
    }

    fn find_file(mut self) -> Result<Place, OutputProblem> {
        while let Some(name) = self.rest.pop() {
            let is_last = self.rest.is_empty();
            let stat = match rustix::fs::statat(&self.dir, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(Errno::NOENT) if is_last => return self.missing(name),
                Err(Errno::NOENT) => return Err(self.no_parent(name)),
                Err(errno) => return Err(errno.into()),
            };
            if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
                if is_last {
                    return self.found(name, &stat, false);
                }
                self.enter(&name, OFlags::NOFOLLOW)?;
            } else if is_last && self.is_proc()? {
                let stat = rustix::fs::statat(&self.dir, &name, AtFlags::empty())?;
                return self.found(name, &stat, true);
            } else {
                self.follow_link(name, &stat)?;
            }
        }
        // Nothing but `.`, `/` or nothing at all.
        Err(OutputProblem::Directory)
    }

    /// A directory is missing. The message has its whole path, also if its parent is missing, too.
    fn no_parent(mut self, missing: OsString) -> OutputProblem {
        self.rest.push(missing);
        let names = self.rest.iter().skip(1).rev();
        OutputProblem::NoParent(names.fold(self.shown, |path, name| path.join(name)))
    }

    fn enter(&mut self, name: &OsStr, flags: OFlags) -> Result<(), OutputProblem> {
        self.dir = rustix::fs::openat(&self.dir, name, OFlags::PATH | OFlags::DIRECTORY | flags, Mode::empty())?;
        self.shown.push(name);
        Ok(())
    }

    fn follow_link(&mut self, name: OsString, link: &Stat) -> Result<(), OutputProblem> {
        let dir = rustix::fs::fstat(&self.dir)?;
        if !is_trusted(&dir, link) {
            return Err(OutputProblem::ForeignLink { link: self.shown.join(name), owner: link.st_uid });
        }
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Errno::LOOP.into());
        }
        let target = rustix::fs::readlinkat(&self.dir, &name, Vec::new())?;
        self.follow(Path::new(&OsString::from_vec(target.into_bytes())))
    }

    /// Whether the directory is in `/proc`, where links to open files have a text that is not always a path.
    fn is_proc(&self) -> Result<bool, OutputProblem> {
        Ok(rustix::fs::fstatfs(&self.dir)?.f_type == PROC_SUPER_MAGIC)
    }

    fn missing(self, name: OsString) -> Result<Place, OutputProblem> {
        let dir = rustix::fs::fstat(&self.dir)?;
        let identity = Identity::Missing { device: dir.st_dev, inode: dir.st_ino, name: name.clone() };
        let (dir, shown, kind) = (Arc::new(self.dir), self.shown, FileKind::Missing);
        Ok(Place { dir, shown, name, is_open_file: false, kind, identity, names: 0 })
    }

    fn found(self, name: OsString, stat: &Stat, is_open_file: bool) -> Result<Place, OutputProblem> {
        let (kind, identity) = (FileKind::of(stat)?, Identity::of(stat));
        Ok(Place {
            dir: Arc::new(self.dir),
            shown: self.shown,
            name,
            is_open_file,
            kind,
            identity,
            names: stat.st_nlink,
        })
    }
}

fn open_dir(path: &str) -> Result<OwnedFd, OutputProblem> {
    Ok(rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

/// Whether a link may be followed: in a directory such as `/tmp`, where every user can create links, only one of this
/// user or of the directory's owner. This is what Linux does with `fs.protected_symlinks`, which is not set everywhere.
fn is_trusted(dir: &Stat, link: &Stat) -> bool {
    let mode = Mode::from_raw_mode(dir.st_mode);
    let is_public = mode.contains(Mode::SVTX) && mode.contains(Mode::WOTH);
    !is_public || link.st_uid == dir.st_uid || link.st_uid == rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};

    use super::*;

    #[test]
    fn a_path_and_a_link_to_it_are_the_same_file_before_and_after_it_is_created() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("a.log"), dir.path().join("link"));
        symlink("a.log", &link).unwrap();
        let (a, b) = (resolve(&file).unwrap(), resolve(&link).unwrap());
        assert_eq!((a.kind, b.kind), (FileKind::Missing, FileKind::Missing));
        assert_eq!(a.identity, b.identity);
        fs::write(&file, "").unwrap();
        assert_eq!(resolve(&file).unwrap().identity, resolve(&link).unwrap().identity);
        assert_ne!(resolve(&file).unwrap().identity, a.identity);
    }

    #[test]
    fn the_same_name_in_two_directories_is_two_files() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let identity = |dir: &Path| resolve(&dir.join("a.log")).unwrap().identity;
        assert_ne!(identity(one.path()), identity(two.path()));
        assert_eq!(identity(one.path()), identity(&one.path().join(".")));
    }

    #[test]
    fn a_path_that_ends_with_a_slash_is_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(resolve(dir.path()).unwrap_err(), OutputProblem::Directory);
        assert_eq!(resolve(&dir.path().join("new/")).unwrap_err(), OutputProblem::Directory);
    }

    #[test]
    fn links_in_a_circle_are_an_error_and_not_a_hang() {
        let dir = tempfile::tempdir().unwrap();
        symlink("b", dir.path().join("a")).unwrap();
        symlink("a", dir.path().join("b")).unwrap();
        assert!(matches!(resolve(&dir.path().join("a")).unwrap_err(), OutputProblem::System(_)));
    }

    #[test]
    fn a_path_below_a_file_has_no_directory() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let message = resolve(&file.join("a.log")).unwrap_err().to_string();
        assert!(message.contains("Not a directory"), "{message}");
        assert_eq!(resolve(&dir.path().join("no/a.log")).unwrap_err(), OutputProblem::NoParent(dir.path().join("no")));
    }

    /// A directory that every user can write to, with a link in it to a file elsewhere.
    fn public(mode: u32) -> (tempfile::TempDir, tempfile::TempDir) {
        let (public, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::set_permissions(public.path(), Permissions::from_mode(mode)).unwrap();
        symlink(own.path().join("file"), public.path().join("link")).unwrap();
        (public, own)
    }

    #[test]
    fn a_link_of_this_user_is_followed_in_a_public_directory_too() {
        let (public, own) = public(0o1777);
        let (link, file) = (resolve(&public.path().join("link")).unwrap(), resolve(&own.path().join("file")).unwrap());
        assert_eq!(link.identity, file.identity);
    }

    #[test]
    fn a_link_of_another_user_is_not_followed_in_a_public_directory_wherever_it_is_in_the_path() {
        if !rustix::process::geteuid().is_root() {
            // Only the superuser can create a link of another user.
            return;
        }
        for (mode, is_refused) in [(0o1777, true), (0o777, false), (0o1775, false)] {
            let (public, own) = public(mode);
            let (link, to_dir) = (public.path().join("link"), public.path().join("to-dir"));
            symlink(own.path(), &to_dir).unwrap();
            for foreign in [&link, &to_dir] {
                lchown(foreign, Some(65534), None).unwrap();
            }
            for (path, foreign) in [(&link, &link), (&to_dir.join("file"), &to_dir)] {
                let expected = OutputProblem::ForeignLink { link: foreign.clone(), owner: 65534 };
                assert_eq!(resolve(path).err(), is_refused.then_some(expected), "{mode:o}");
            }
        }
    }

    #[test]
    fn a_link_to_an_open_file_leads_to_that_file() {
        let (_reader, writer) = std::io::pipe().unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&writer);
        for path in [format!("/proc/self/fd/{number}"), format!("/dev/fd/{number}")] {
            let place = resolve(Path::new(&path)).unwrap();
            assert_eq!((place.kind, place.is_open_file), (FileKind::Fifo, true), "{path}");
        }
    }
}
