//! The file that `--report` names.

use std::io::{self, Write};
use std::path::PathBuf;

use super::handle::Handle;
use crate::error::Stop;

/// The file that `--report` names. It is locked when the run starts, and written when the run ends.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    handle: Handle,
}

impl ReportFile {
    pub(super) fn new(path: PathBuf, handle: Handle) -> Self {
        Self { path, handle }
    }

    /// Replaces the content of the file. An earlier report stays intact until then.
    ///
    /// # Errors
    ///
    /// [`Stop::Output`], if the file cannot be written.
    pub fn write(&self, report: &str) -> Result<(), Stop> {
        self.replace(report.as_bytes())
            .map_err(|error| Stop::Output { path: self.path.clone(), message: error.to_string() })
    }

    fn replace(&self, report: &[u8]) -> io::Result<()> {
        self.handle.truncate()?;
        (&self.handle.file).write_all(report)
    }
}
