//! Finds out what a path leads to, without opening it.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::OutputProblem;
use super::identity::Identity;

/// How many links are followed from one path, as in Linux.
const MAX_LINKS: usize = 40;

/// The kinds of file that an output can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// The only kind that is truncated and locked.
    Regular,
    /// Does not exist; it is created when it is opened.
    Missing,
    /// Can only be opened while another process reads it.
    Fifo,
    /// Several outputs can write to it.
    Device,
}

impl FileKind {
    /// The kind of an existing file. An error for a kind that no output can be.
    pub(super) fn of(metadata: &Metadata) -> Result<Self, OutputProblem> {
        let found = metadata.file_type();
        if found.is_dir() {
            Err(OutputProblem::Directory)
        } else if found.is_socket() {
            Err(OutputProblem::Socket)
        } else if found.is_fifo() {
            Ok(Self::Fifo)
        } else if found.is_file() {
            Ok(Self::Regular)
        } else {
            Ok(Self::Device)
        }
    }

    /// Whether two outputs, or an input and an output, may be the same file. Only a device may: a write to it
    /// overwrites nothing.
    pub(super) fn can_be_shared(self) -> bool {
        self == Self::Device
    }
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub(super) struct ResolvedPath {
    pub(super) kind: FileKind,
    pub(super) identity: Identity,
}

/// Finds out where a path leads, and whether the file can be written. Opens and creates nothing.
pub(super) fn resolve(path: &Path) -> Result<ResolvedPath, OutputProblem> {
    match fs::metadata(path) {
        Ok(metadata) => found(path, &metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => missing(path),
        Err(error) => Err(error.into()),
    }
}

fn found(path: &Path, metadata: &Metadata) -> Result<ResolvedPath, OutputProblem> {
    let kind = FileKind::of(metadata)?;
    rustix::fs::access(path, Access::WRITE_OK).map_err(|errno| OutputProblem::System(errno.to_string()))?;
    Ok(ResolvedPath { kind, identity: Identity::of(metadata) })
}

/// A file that would be created. Its directory must exist and be writable.
fn missing(path: &Path) -> Result<ResolvedPath, OutputProblem> {
    let file = follow_links(path);
    if file.as_os_str().as_bytes().ends_with(b"/") {
        return Err(OutputProblem::Directory);
    }
    let parent = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let metadata = match fs::metadata(&parent) {
        Ok(metadata) if metadata.is_dir() => metadata,
        _ => return Err(OutputProblem::NoParent(parent)),
    };
    if let Err(errno) = rustix::fs::access(&parent, Access::WRITE_OK | Access::EXEC_OK) {
        return Err(OutputProblem::ParentNotWritable { parent, message: errno.to_string() });
    }
    let name = file.file_name().unwrap_or_default().to_owned();
    let identity = Identity::Missing { device: metadata.dev(), inode: metadata.ino(), name };
    Ok(ResolvedPath { kind: FileKind::Missing, identity })
}

/// Follows links to a file that may not exist: opening a link creates the file that the link points to.
fn follow_links(path: &Path) -> PathBuf {
    let mut file = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&file) else { break };
        file.pop();
        file.push(target);
    }
    file
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

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
}
