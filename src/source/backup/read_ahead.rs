//! Bounds what was read of a file and waits to be taken up.
//!
//! Several pages are on their way at once, which is little as long as values are small: a large one fills a page
//! by itself. So large values are counted, and no more of the file is read while too many of them wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};

use crate::budget::{FILE_AHEAD_BYTES, LARGE_VALUE};

/// The room for large values. Belongs to the thread that made it, which is the one that waits.
#[derive(Debug)]
pub(super) struct ReadAhead(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    taken: AtomicUsize,
    reader: Thread,
}

/// Room that a value takes until it is taken up.
#[derive(Debug)]
pub struct ReadAheadPermit {
    room: Arc<Shared>,
    bytes: usize,
}

impl ReadAhead {
    /// For values that this thread reads.
    pub fn new() -> Self {
        Self(Arc::new(Shared { taken: AtomicUsize::new(0), reader: thread::current() }))
    }

    /// Takes room for a value, whether there is any or not; `None` where it is too small to be counted.
    pub fn take(&self, bytes: usize) -> Option<ReadAheadPermit> {
        if bytes < LARGE_VALUE {
            return None;
        }
        self.0.taken.fetch_add(bytes, Ordering::AcqRel);
        Some(ReadAheadPermit { room: Arc::clone(&self.0), bytes })
    }

    /// Waits until there is room.
    pub fn wait(&self) {
        while self.0.taken.load(Ordering::Acquire) > FILE_AHEAD_BYTES {
            thread::park();
        }
    }
}

impl Drop for ReadAheadPermit {
    fn drop(&mut self) {
        let before = self.room.taken.fetch_sub(self.bytes, Ordering::AcqRel);
        if before > FILE_AHEAD_BYTES && before - self.bytes <= FILE_AHEAD_BYTES {
            self.room.reader.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_reader_waits_while_large_values_do() {
        let (hand_on, handed) = mpsc::channel();
        let reader = thread::spawn(move || {
            let room = ReadAhead::new();
            for _ in 0..100 {
                hand_on.send(room.take(FILE_AHEAD_BYTES / 2 + 1)).unwrap();
                room.wait();
            }
        });
        let mut waiting = Vec::new();
        while let Ok(taken) = handed.recv() {
            let taken = taken.expect("it is large");
            waiting.push(taken);
            if waiting.len() == 2 {
                assert!(handed.recv_timeout(std::time::Duration::from_millis(1)).is_err(), "it has read on");
                waiting.clear();
            }
        }
        reader.join().unwrap();
    }

    #[test]
    fn small_values_are_not_counted() {
        assert!(ReadAhead::new().take(LARGE_VALUE - 1).is_none());
    }
}
