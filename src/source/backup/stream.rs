//! The bytes of a file: counted while they are read, and unpacked if they are packed.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

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
            BackupPath::File(path) => File::open(path),
            // Not `io::stdin()` itself: it has a buffer, so that no bytes arrive although there are some.
            BackupPath::StandardInput => io::stdin().as_fd().try_clone_to_owned().map(File::from),
        };
        let opened = opened.and_then(|file| {
            let metadata = file.metadata()?;
            let size = metadata.is_file().then_some(metadata.len());
            let read = Arc::new(AtomicU64::new(0));
            let bytes = unpack(Counted { file, may_wait: size.is_none(), read: Arc::clone(&read) })?;
            Ok(Self { bytes, size, read })
        });
        opened.map_err(|error| BackupError::of(path, unopened(path, &error)))
    }
}

/// How long a pipe may be silent before a read returns `WouldBlock`. Up to the end of the file, that changes nothing. After
/// it, that ends the reading: a writer may keep its pipe open for ever, but the writer of another file, such as the
/// second of two downloads, needs a moment to begin.
const SILENCE: Timespec = Timespec { tv_sec: 3, tv_nsec: 0 };

/// Counts the bytes that are read.
struct Counted {
    file: File,
    /// Whether it is a pipe or a device.
    may_wait: bool,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.may_wait && poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&SILENCE))? == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
