//! Limits how far a file is read ahead.
//!
//! Several pages are in flight at once. They are small as long as values are small, but one large value fills a page.
//! So the bytes of large values are counted, and the thread stops reading while too many of them wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};

use crate::budget::{FILE_AHEAD_BYTES, LARGE_VALUE};

/// The budget for large values. It belongs to the thread that created it, and only that thread may wait.
#[derive(Clone, Debug)]
pub(super) struct ReadAhead(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    taken: AtomicUsize,
    reader: Thread,
}

/// Bytes of a [`ReadAhead`], released on drop.
#[derive(Debug)]
pub struct ReadAheadPermit {
    budget: Arc<Shared>,
    bytes: usize,
}

impl ReadAhead {
    /// A budget for the current thread.
    pub fn new() -> Self {
        Self(Arc::new(Shared { taken: AtomicUsize::new(0), reader: thread::current() }))
    }

    /// Takes bytes for a value, even if they exceed the limit; `None` if the value is too small to be counted.
    pub fn take(&self, bytes: usize) -> Option<ReadAheadPermit> {
        if bytes < LARGE_VALUE {
            return None;
        }
        self.0.taken.fetch_add(bytes, Ordering::AcqRel);
        Some(ReadAheadPermit { budget: Arc::clone(&self.0), bytes })
    }

    /// Blocks the thread until the bytes are within the limit.
    pub fn wait(&self) {
        while self.0.taken.load(Ordering::Acquire) > FILE_AHEAD_BYTES {
            thread::park();
        }
    }
}

impl Drop for ReadAheadPermit {
    fn drop(&mut self) {
        let before = self.budget.taken.fetch_sub(self.bytes, Ordering::AcqRel);
        if before > FILE_AHEAD_BYTES && before - self.bytes <= FILE_AHEAD_BYTES {
            self.budget.reader.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_reader_waits_while_large_values_do() {
        let (send, receive) = mpsc::channel();
        let reader = thread::spawn(move || {
            let read_ahead = ReadAhead::new();
            for _ in 0..100 {
                send.send(read_ahead.take(FILE_AHEAD_BYTES / 2 + 1)).unwrap();
                read_ahead.wait();
            }
        });
        let mut waiting = Vec::new();
        while let Ok(taken) = receive.recv() {
            let taken = taken.expect("it is large");
            waiting.push(taken);
            if waiting.len() == 2 {
                assert!(receive.recv_timeout(std::time::Duration::from_millis(1)).is_err(), "the reader did not wait");
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
