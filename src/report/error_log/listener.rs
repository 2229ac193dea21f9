//! The listener that writes failed keys down.

use std::time::SystemTime;

use super::line::Line;
use crate::error::{FailedKey, Stop};
use crate::event::{Event, JobSummary, Listener, Status};
use crate::job::Job;
use crate::outputs::{OpenLog, OpenLogs};

/// Writes one line for each failed key, and one for each endpoint that was lost, which stands for
/// all keys that were on their way there.
///
/// Any other reason for a job's end is in the summary and the report: the log of a job
/// that lost no endpoint has as many lines as keys failed.
pub struct ErrorLog {
    logs: OpenLogs,
    current: Option<Current>,
}

/// The job that is being run.
struct Current {
    job: String,
    log: OpenLog,
}

impl ErrorLog {
    /// Writes to the logs that were opened for the run. A dry run has none.
    #[must_use]
    pub fn new(logs: OpenLogs) -> Self {
        Self { logs, current: None }
    }

    fn begin(&mut self, job: &Job) -> Result<(), Stop> {
        let Some(log) = self.logs.of(&job.name).cloned() else {
            return Err(Stop::Internal(format!("the error log of job `{}` was not opened", job.name)));
        };
        // Another job that shares the log may have failed at it.
        self.current.insert(Current { job: job.name.clone(), log }).log.check()
    }
}

impl Listener for ErrorLog {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::JobStarted { job, dry_run: false, .. } => self.begin(job),
            Event::KeyFailed(failed) => self.current.as_ref().map_or(Ok(()), |current| current.failed(failed)),
            Event::JobEnded(summary) => self.current.take().map_or(Ok(()), |current| current.ended(summary)),
            _ => Ok(()),
        }
    }
}

impl Current {
    fn failed(&self, failed: &FailedKey) -> Result<(), Stop> {
        self.log.write(&Line::of_key(SystemTime::now(), &self.job, failed).to_string())
    }

    fn ended(&self, summary: &JobSummary) -> Result<(), Stop> {
        let Status::Stopped(stops) = &summary.status else { return Ok(()) };
        for stop in stops {
            if let Stop::Endpoint(lost) = stop {
                self.log.write(&Line::of_endpoint(SystemTime::now(), &self.job, lost).to_string())?;
            }
        }
        Ok(())
    }
}
