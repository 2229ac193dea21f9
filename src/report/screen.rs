//! Standard error, shared by log lines and progress bars.

use std::io::{self, Write};

use indicatif::{MultiProgress, ProgressBar};
use tracing_subscriber::fmt::MakeWriter;

/// Standard error, shared by log lines and progress bars so that neither garbles the other:
/// bars step aside for every line. A standard error that is closed harms nobody.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    bars: MultiProgress,
}

impl Screen {
    /// A screen without bars.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows a bar, where there is a terminal.
    pub(super) fn show(&self, bar: ProgressBar) -> ProgressBar {
        self.bars.add(bar)
    }
}

impl Write for Screen {
    /// Never fails: there is nobody left to tell.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| {
            let _ = io::stderr().lock().write_all(bytes);
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
