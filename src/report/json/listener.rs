//! The listener that writes the report.

use super::Report;
use super::running::Running;
use crate::error::Stop;
use crate::event::{Event, Listener, RunSummary};
use crate::outputs::ReportFile;

/// Writes the report when the run has ended. If the file can be replaced, there is also a report while the run lasts, so
/// that a process that is killed does not leave the report of an earlier run.
pub struct JsonReport {
    file: ReportFile,
    exit_code: Box<dyn Fn(&RunSummary) -> u8>,
    running: Option<Running>,
}

impl JsonReport {
    /// Writes to the open file of the run. `exit_code` computes the exit code, which the report contains.
    pub fn new(file: ReportFile, exit_code: impl Fn(&RunSummary) -> u8 + 'static) -> Self {
        Self { file, exit_code: Box::new(exit_code), running: None }
    }
}

impl Listener for JsonReport {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::RunStarted { dry_run, verify, jobs, warnings } if self.file.can_be_replaced() => {
                let running = self.running.insert(Running::new(*dry_run, *verify, jobs, warnings));
                self.file.write(&running.render())
            }
            Event::RunEnded(summary) => {
                self.running = None;
                self.file.write(&Report::new(summary, (self.exit_code)(summary)).to_json())
            }
            event => {
                let Some(running) = &mut self.running else { return Ok(()) };
                if running.is_changed_by(event) {
                    let written = self.file.write(&running.render());
                    running.was_written(written);
                }
                Ok(())
            }
        }
    }
}
