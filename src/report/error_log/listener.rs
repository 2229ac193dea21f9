//! The listener that writes the error logs.

use std::time::SystemTime;

use super::json_line::JsonLine;
use super::line::LogLine;
use crate::error::{FailedKey, Stop};
use crate::event::{Event, JobSummary, Listener, Status};
use crate::job::{Job, LogLines};
use crate::outputs::{OpenLog, OpenLogs};

/// Writes exactly one line for each failed key, and one line for each lost endpoint. All other reasons why a job ended are
/// in the summary and the report.
pub struct ErrorLogWriter {
    logs: OpenLogs,
    current: Option<Current>,
    /// Jobs that share their walk with the current one.
    others: Vec<Current>,
}

/// The job that is being run.
struct Current {
    job: String,
    log: OpenLog,
    format: LogLines,
    /// The only database that the job reads, if it reads one.
    db: Option<u16>,
}

impl ErrorLogWriter {
    /// Writes to the logs that are open in this run. A dry run has none.
    pub fn new(logs: OpenLogs) -> Self {
        Self { logs, current: None, others: Vec::new() }
    }

    fn begin(&mut self, job: &Job) -> Result<(), Stop> {
        let Some(log) = self.logs.of(&job.name).cloned() else {
            return Err(Stop::Internal(format!("the error log of job `{}` was not opened", job.name)));
        };
        self.others.extend(self.current.take());
        // An earlier write may have failed, for another job that shares the log.
        let (format, db) = (job.error_log.format, job.source.databases().only());
        self.current.insert(Current { job: job.name.clone(), log, format, db }).log.check()
    }
}

impl ErrorLogWriter {
    fn resume(&mut self, job: &Job) {
        self.others.extend(self.current.take());
        let position = self.others.iter().position(|other| other.job == job.name);
        self.current = position.map(|position| self.others.swap_remove(position));
    }
}

impl Listener for ErrorLogWriter {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::JobStarted { job, dry_run: false, .. } => self.begin(job),
            Event::JobResumed(job) => {
                self.resume(job);
                Ok(())
            }
            Event::KeyFailed(failed) => self.current.as_ref().map_or(Ok(()), |current| current.failed(failed)),
            Event::JobEnded(summary) => self.current.take().map_or(Ok(()), |current| current.ended(summary)),
            _ => Ok(()),
        }
    }
}

impl Current {
    fn failed(&self, failed: &FailedKey) -> Result<(), Stop> {
        let now = SystemTime::now();
        self.log.write(&match self.format {
            LogLines::Text => LogLine::of_key(now, &self.job, failed).to_string(),
            LogLines::Json => JsonLine::of_key(now, (&self.job, self.db), failed).to_string(),
        })
    }

    fn ended(&self, summary: &JobSummary) -> Result<(), Stop> {
        let Status::Stopped(stops) = &summary.status else { return Ok(()) };
        for stop in stops {
            if let Stop::Endpoint(lost) = stop {
                let now = SystemTime::now();
                self.log.write(&match self.format {
                    LogLines::Text => LogLine::of_endpoint(now, &self.job, lost).to_string(),
                    LogLines::Json => JsonLine::of_endpoint(now, &self.job, lost).to_string(),
                })?;
            }
        }
        Ok(())
    }
}
