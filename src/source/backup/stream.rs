//! The bytes of a file: counted while they are read, and unpacked if they are packed.

use std::fs::File;
use std::io::{self, Read, Stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::address::unopened;
use crate::error::BackupError;
use crate::job::BackupPath;
use crate::rdb::unpack;

/// An open file.
pub(super) struct BackupStream {
    /// The unpacked contents.
    pub bytes: Box<dyn Read + Send>,
    /// The size of the file, packed or not; `None` for a pipe.
    pub size: Option<u64>,
    /// How many bytes of the file have been read.
    pub read: Arc<AtomicU64>,
}

impl BackupStream {
    /// Opens a file, or standard input at its current position.
    pub fn open(path: &BackupPath) -> Result<Self, BackupError> {
        let opened = match path {
            BackupPath::File(path) => File::open(path).and_then(|file| Ok((size(&file)?, Input::File(file)))),
            BackupPath::StandardInput => standard_input_size().map(|size| (size, Input::Standard(io::stdin()))),
        };
        let read = Arc::new(AtomicU64::new(0));
        let opened = opened.and_then(|(size, input)| {
            let bytes = unpack(Counted { input, read: Arc::clone(&read) })?;
            Ok(Self { bytes, size, read })
        });
        opened.map_err(|error| BackupError::of(path, unopened(path, &error)))
    }
}

enum Input {
    File(File),
    Standard(Stdin),
}

/// The size of a regular file; `None` for a pipe.
fn size(file: &File) -> io::Result<Option<u64>> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some(metadata.len()))
}

fn standard_input_size() -> io::Result<Option<u64>> {
    let stat = rustix::fs::fstat(io::stdin())?;
    let is_file = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
    Ok(is_file.then(|| stat.st_size.unsigned_abs()))
}

/// Counts the bytes that are read.
struct Counted {
    input: Input,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.input {
            Input::File(file) => file.read(buffer),
            Input::Standard(stdin) => stdin.read(buffer),
        }?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
