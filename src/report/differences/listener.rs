//! The listener that writes the differences files.

use std::time::SystemTime;

use super::line::DifferenceLine;
use crate::error::Stop;
use crate::event::{Difference, Event, Listener};
use crate::job::Job;
use crate::outputs::{OpenLog, OpenLogs};

/// Writes exactly one line for each difference.
pub struct DifferencesWriter {
    files: OpenLogs,
    /// The name of the job that the next events are about, and its file.
    current: Option<(String, OpenLog)>,
}

impl DifferencesWriter {
    /// Writes to the files that are open in this run. A dry run has none.
    pub fn new(files: OpenLogs) -> Self {
        Self { files, current: None }
    }

    fn begin(&mut self, job: &Job) -> Result<(), Stop> {
        self.resume(job);
        match &self.current {
            // An earlier write may have failed, for another job that shares the file.
            Some((_, file)) => file.check(),
            None => Err(Stop::Internal(format!("the differences file of job `{}` was not opened", job.name))),
        }
    }

    /// The job has no file if it is not verified.
    fn resume(&mut self, job: &Job) {
        self.current = self.files.of(&job.name).map(|file| (job.name.clone(), file.clone()));
    }

    fn differs(&self, difference: &Difference) -> Result<(), Stop> {
        let Some((job, file)) = &self.current else { return Ok(()) };
        file.write(&DifferenceLine::new(SystemTime::now(), job, difference).to_string())
    }
}

impl Listener for DifferencesWriter {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::VerifyStarted(job) => return self.begin(job),
            Event::Differs(difference) => return self.differs(difference),
            Event::JobStarted { job, .. } | Event::JobResumed(job) => self.resume(job),
            Event::JobEnded(_) => self.current = None,
            _ => {}
        }
        Ok(())
    }
}
