//! The listener that writes the report.

use super::Report;
use crate::error::Stop;
use crate::event::{Event, Listener, RunSummary};
use crate::outputs::ReportFile;

/// Writes the report when the run has ended.
pub struct JsonReport {
    file: ReportFile,
    exit_code: fn(&RunSummary) -> u8,
}

impl JsonReport {
    /// Writes to the open file of the run. `exit_code` computes the exit code, which the report contains.
    pub fn new(file: ReportFile, exit_code: fn(&RunSummary) -> u8) -> Self {
        Self { file, exit_code }
    }
}

impl Listener for JsonReport {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::RunEnded(summary) => self.file.write(&Report::new(summary, (self.exit_code)(summary)).to_json()),
            _ => Ok(()),
        }
    }
}
