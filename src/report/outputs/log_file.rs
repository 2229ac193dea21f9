//! An error log that is open, and what became of what was written to it.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// An error log that is open. It remembers its first error, as those who write behind our
/// back have nobody to tell; from then on it takes everything and writes nothing.
#[derive(Debug)]
pub(crate) struct LogFile {
    file: File,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Lines taken, written or not.
    taken: u64,
    error: Option<String>,
}

impl LogFile {
    pub(super) fn new(file: File) -> Self {
        Self { file, state: Mutex::default(), changed: Condvar::new() }
    }

    /// What the system said when a line could not be written.
    pub(crate) fn error(&self) -> Option<String> {
        self.state().error.clone()
    }

    /// Lines taken since it was opened.
    pub(crate) fn taken(&self) -> u64 {
        self.state().taken
    }

    /// Waits until so many lines have been taken since it was opened.
    pub(crate) fn wait_for(&self, lines: u64) {
        let mut state = self.state();
        while state.taken < lines {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write_line(&self, line: &[u8]) {
        // Not under the mutex: a slow disk must not keep anybody from asking for the error.
        let result = if self.error().is_some() { Ok(()) } else { (&self.file).write_all(line) };
        let mut state = self.state();
        state.taken += 1;
        if let Err(error) = result {
            state.error = Some(error.to_string());
        }
        self.changed.notify_all();
    }

    /// A count and a text are whole even if somebody panicked while holding them.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes to a [`LogFile`]. Each `write` is one line, and it never fails.
#[derive(Debug)]
pub(crate) struct LogWriter(pub(crate) Arc<LogFile>);

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
