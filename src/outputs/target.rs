//! What a path leads to, seen without touching it.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::OutputProblem;
use super::identity::Identity;

/// Links that are followed from one path; what Linux follows.
const MAX_LINKS: usize = 40;

/// What must be known of a file before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Holds what is written to it: the only kind that is truncated and locked.
    Regular,
    /// Is created when it is opened.
    Missing,
    /// Can be opened only while something reads it.
    Fifo,
    /// A device: several outputs can write to it.
    Device,
}

impl Kind {
    /// The kind of a file that exists.
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

    /// Whether two outputs, or an input and an output, may be this one file: a device loses nothing, and mixes up
    /// nothing that should be kept apart.
    pub(super) fn can_be_shared(self) -> bool {
        self == Self::Device
    }
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kind: Kind,
    pub(super) identity: Identity,
}

/// Finds out where a path leads, and whether it could be written there. Nothing is opened or created.
pub(super) fn look(path: &Path) -> Result<Target, OutputProblem> {
    match fs::metadata(path) {
        Ok(metadata) => found(path, &metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => missing(path),
        Err(error) => Err(error.into()),
    }
}

fn found(path: &Path, metadata: &Metadata) -> Result<Target, OutputProblem> {
    let kind = Kind::of(metadata)?;
    rustix::fs::access(path, Access::WRITE_OK).map_err(|errno| OutputProblem::System(errno.to_string()))?;
    Ok(Target { kind, identity: Identity::of(metadata) })
}

/// A file that would be created: its directory has to exist and to be writable.
fn missing(path: &Path) -> Result<Target, OutputProblem> {
    let end = end_of_links(path);
    if end.as_os_str().as_bytes().ends_with(b"/") {
        return Err(OutputProblem::Directory);
    }
    let parent = match end.parent() {
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
    let name = end.file_name().unwrap_or_default().to_owned();
    let identity = Identity::Missing { device: metadata.dev(), inode: metadata.ino(), name };
    Ok(Target { kind: Kind::Missing, identity })
}

/// A link may point to what does not exist yet: opening it creates that file, not one in the link's place.
fn end_of_links(path: &Path) -> PathBuf {
    let mut end = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&end) else { break };
        end.pop();
        end.push(target);
    }
    end
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_path_and_a_link_to_it_are_one_file_before_and_after_it_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("a.log"), dir.path().join("link"));
        symlink("a.log", &link).unwrap();
        let (a, b) = (look(&file).unwrap(), look(&link).unwrap());
        assert_eq!((a.kind, b.kind), (Kind::Missing, Kind::Missing));
        assert_eq!(a.identity, b.identity);
        fs::write(&file, "").unwrap();
        assert_eq!(look(&file).unwrap().identity, look(&link).unwrap().identity);
        assert_ne!(look(&file).unwrap().identity, a.identity);
    }

    #[test]
    fn one_name_in_two_directories_is_two_files() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let identity = |dir: &Path| look(&dir.join("a.log")).unwrap().identity;
        assert_ne!(identity(one.path()), identity(two.path()));
        assert_eq!(identity(one.path()), identity(&one.path().join(".")));
    }

    #[test]
    fn a_path_that_can_only_be_a_directory_is_one() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(look(dir.path()).unwrap_err(), OutputProblem::Directory);
        assert_eq!(look(&dir.path().join("new/")).unwrap_err(), OutputProblem::Directory);
    }

    #[test]
    fn links_in_a_circle_are_an_error_and_not_a_hang() {
        let dir = tempfile::tempdir().unwrap();
        symlink("b", dir.path().join("a")).unwrap();
        symlink("a", dir.path().join("b")).unwrap();
        assert!(matches!(look(&dir.path().join("a")).unwrap_err(), OutputProblem::System(_)));
    }

    #[test]
    fn a_file_below_a_file_has_no_directory() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let said = look(&file.join("a.log")).unwrap_err().to_string();
        assert!(said.contains("Not a directory"), "{said}");
        assert_eq!(look(&dir.path().join("no/a.log")).unwrap_err(), OutputProblem::NoParent(dir.path().join("no")));
    }
}
