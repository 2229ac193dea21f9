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
    /// A dry run has none.
    log: Option<OpenLog>,
}

impl ErrorLog {
    /// Writes to the logs that were opened for the run.
    #[must_use]
    pub fn new(logs: OpenLogs) -> Self {
        Self { logs, current: None }
    }

    fn begin(&mut self, job: &Job, dry_run: bool) -> Result<(), Stop> {
        let log = self.logs.of(&job.name).cloned();
        if log.is_none() && !dry_run {
            return Err(Stop::Internal(format!("the error log of job `{}` was not opened", job.name)));
        }
        let current = self.current.insert(Current { job: job.name.clone(), log });
        // Another job that shares the log may have failed at it.
        current.log.as_ref().map_or(Ok(()), OpenLog::check)
    }
}

impl Listener for ErrorLog {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match (event, &self.current) {
            (Event::JobStarted { job, dry_run, .. }, _) => self.begin(job, *dry_run),
            (Event::KeyFailed(failed), Some(current)) => current.failed(failed),
            (Event::JobEnded(summary), Some(current)) => {
                let ended = current.ended(summary);
                self.current = None;
                ended
            }
            _ => Ok(()),
        }
    }
}

impl Current {
    fn failed(&self, failed: &FailedKey) -> Result<(), Stop> {
        let Some(log) = &self.log else {
            tracing::warn!("job `{}`: key {}: {}", self.job, failed.key, failed.message);
            return Ok(());
        };
        log.write(&Line::of_key(SystemTime::now(), &self.job, failed).to_string())
    }

    fn ended(&self, summary: &JobSummary) -> Result<(), Stop> {
        let (Some(log), Status::Stopped(stops)) = (&self.log, &summary.status) else { return Ok(()) };
        for stop in stops {
            if let Stop::Endpoint(lost) = stop {
                log.write(&Line::of_endpoint(SystemTime::now(), &self.job, lost).to_string())?;
            }
        }
        Ok(())
    }
}
