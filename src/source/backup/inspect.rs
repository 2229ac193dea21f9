//! Checks a file before the run starts.

use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::address::unopened;
use super::open::unread;
use super::stream::BackupStream;
use crate::error::{BackupError, BackupProblem};
use crate::job::BackupPath;
use crate::rdb::Reader;

/// Checks that a file can be opened and begins as an RDB file does. Pipes are not read, because they can be read only
/// once.
pub fn inspect(path: &BackupPath) -> Result<(), BackupError> {
    let problem = |problem| BackupError::of(path, problem);
    match path {
        BackupPath::StandardInput if io::stdin().is_terminal() => Err(problem(BackupProblem::Terminal)),
        BackupPath::StandardInput => Ok(()),
        BackupPath::File(file) => match fs::metadata(file) {
            Ok(metadata) if metadata.is_dir() => Err(problem(BackupProblem::Directory)),
            Ok(metadata) if metadata.is_file() => begins_well(path),
            Ok(_) => Ok(()),
            Err(_) if is_glob(file) => Err(problem(BackupProblem::NoMatch)),
            Err(error) => Err(problem(unopened(path, &error))),
        },
    }
}

fn is_glob(file: &Path) -> bool {
    file.to_string_lossy().contains(['*', '?', '['])
}

/// Identifies a source that can be read only once, such as a pipe, by device and inode; `None` for a regular file.
pub fn read_once(path: &BackupPath) -> Option<(u64, u64)> {
    match path {
        BackupPath::StandardInput => rustix::fs::fstat(io::stdin()).ok().map(|stat| (stat.st_dev, stat.st_ino)),
        BackupPath::File(file) => {
            let metadata = fs::metadata(file).ok().filter(|metadata| !metadata.is_file())?;
            Some((metadata.dev(), metadata.ino()))
        }
    }
}

fn begins_well(path: &BackupPath) -> Result<(), BackupError> {
    let mut reader = Reader::new(BackupStream::open(path)?.bytes);
    reader.next().transpose().map(drop).map_err(|error| unread(path, &error))
}
