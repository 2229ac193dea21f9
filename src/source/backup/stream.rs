//! The bytes of a file, counted as they are read, unpacked where they are packed.

use std::fs::File;
use std::io::{self, Read, Stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{BackupError, BackupProblem};
use crate::job::BackupPath;
use crate::rdb::unpack;

/// A file that has been opened.
pub(super) struct Stream {
    /// What it holds.
    pub bytes: Box<dyn Read + Send>,
    /// Its size, packed as it may be; `None` where it comes through a pipe.
    pub size: Option<u64>,
    /// How many bytes of that have been read.
    pub read: Arc<AtomicU64>,
}

impl Stream {
    /// Opens a file, or takes standard input from where it stands.
    pub fn open(path: &BackupPath) -> Result<Self, BackupError> {
        let opened = match path {
            BackupPath::File(path) => File::open(path).and_then(|file| Ok((size(&file)?, Input::File(file)))),
            BackupPath::StandardInput => of_standard_input().map(|size| (size, Input::Standard(io::stdin()))),
        };
        let read = Arc::new(AtomicU64::new(0));
        let opened = opened.and_then(|(size, input)| {
            let bytes = unpack(Counted { input, read: Arc::clone(&read) })?;
            Ok(Self { bytes, size, read })
        });
        opened.map_err(|error| BackupError::of(path, BackupProblem::Unopened(error.to_string())))
    }
}

enum Input {
    File(File),
    Standard(Stdin),
}

/// Only what lies on a disk has a size that tells how much is left.
fn size(file: &File) -> io::Result<Option<u64>> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some(metadata.len()))
}

fn of_standard_input() -> io::Result<Option<u64>> {
    let stat = rustix::fs::fstat(io::stdin())?;
    let is_file = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
    Ok(is_file.then(|| stat.st_size.unsigned_abs()))
}

/// Counts what is read.
struct Counted {
    input: Input,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.input {
            Input::File(file) => file.read(room),
            Input::Standard(stdin) => stdin.read(room),
        }?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
