//! The listener that writes the XML.

use super::document;
use crate::error::Stop;
use crate::event::{Event, Listener};
use crate::outputs::ReportFile;

/// Writes the results when the run has ended. Until then, each job has the error that the run has not ended, so that a
/// run that is killed does not leave the results of an earlier one.
pub struct JunitReport {
    file: ReportFile,
}

impl JunitReport {
    /// Writes to the file of `--report-junit`.
    pub fn new(file: ReportFile) -> Self {
        Self { file }
    }
}

impl Listener for JunitReport {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::RunStarted { jobs, .. } if self.file.can_be_replaced() => {
                self.file.write(&document::not_ended(jobs.iter().map(|job| job.name.as_str())))
            }
            Event::RunEnded(summary) => self.file.write(&document::of_run(summary)),
            _ => Ok(()),
        }
    }
}
