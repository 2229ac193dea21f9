//! The listener that writes failed keys down.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

use super::line::Line;
use crate::error::{EndpointError, FailedKey, Stop};
use crate::event::{Event, Listener, Status};
use crate::job::Job;
use crate::report::outputs::{LogFile, LogWriter, OpenLogs};

/// Lines that may wait for a slow disk. When there are more, the job waits too: memory
/// does not grow with failures.
const LINES_WAITING: usize = 64;

/// Writes one line for each failed key, and one for an end that is lost, which speaks for
/// all keys that were on their way there.
///
/// Any other reason for a job's end is for the summary and the report to say: a log of a job
/// that lost no end has as many lines as keys failed.
pub struct ErrorLog {
    logs: OpenLogs,
    current: Option<Current>,
}

/// The log of the job that is being run. A dry run writes none.
struct Current {
    job: String,
    path: PathBuf,
    file: Option<Arc<LogFile>>,
    queue: Option<Queue>,
}

/// Lines on their way to a thread that writes them.
struct Queue {
    lines: NonBlocking,
    /// Lines the file will have taken when all of ours are there.
    expected: u64,
    /// Ends the thread when it is dropped. It gives up waiting after a second, so see [`Current::finish`].
    _guard: WorkerGuard,
}

impl ErrorLog {
    /// Writes to the logs that were opened for the run.
    #[must_use]
    pub fn new(logs: OpenLogs) -> Self {
        Self { logs, current: None }
    }

    fn begin(&mut self, job: &Job, dry_run: bool) -> Result<(), Stop> {
        let opened = self.logs.of(&job.name).cloned();
        if opened.is_none() && !dry_run {
            return Err(Stop::Internal(format!("the error log of job `{}` was not opened", job.name)));
        }
        let file = opened.map(|(_, file)| file);
        let path = job.error_log.path.clone();
        self.current = Some(Current { job: job.name.clone(), path, file, queue: None });
        Ok(())
    }
}

impl Listener for ErrorLog {
    /// Fails at the first event after a line could not be written, and at every later one.
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        if let Event::JobStarted { job, dry_run, .. } = event {
            self.begin(job, *dry_run)?;
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        match event {
            Event::KeyFailed(failed) => current.failed(failed),
            Event::JobEnded(summary) => {
                if let Status::Stopped(stops) = &summary.status {
                    for stop in stops {
                        if let Stop::Endpoint(lost) = stop {
                            current.lost(lost);
                        }
                    }
                }
                current.finish();
            }
            _ => {}
        }
        current.check()
    }
}

impl Current {
    fn failed(&mut self, failed: &FailedKey) {
        let line = Line::of_key(SystemTime::now(), &self.job, failed).to_string();
        if self.file.is_some() {
            self.write(&line);
        } else {
            tracing::warn!("job `{}`: key {}: {}", self.job, failed.key, failed.message);
        }
    }

    fn lost(&mut self, lost: &EndpointError) {
        let line = Line::of_end(SystemTime::now(), &self.job, lost).to_string();
        self.write(&line);
    }

    /// Puts a line into the queue; waits where that is full.
    fn write(&mut self, line: &str) {
        let Some(file) = &self.file else { return };
        let queue = self.queue.get_or_insert_with(|| Queue::new(file));
        queue.expected += 1;
        queue.lines.write_all(line.as_bytes()).expect("the writing thread lives as long as its guard");
    }

    /// Waits for the last line: only then is there nothing that the guard could give up on.
    fn finish(&mut self) {
        if let (Some(queue), Some(file)) = (self.queue.take(), &self.file) {
            file.wait_for(queue.expected);
        }
    }

    fn check(&self) -> Result<(), Stop> {
        match self.file.as_ref().and_then(|file| file.error()) {
            Some(message) => Err(Stop::Output { path: self.path.clone(), message }),
            None => Ok(()),
        }
    }
}

impl Drop for Current {
    /// A job may end without saying so, when something of ours is broken. Its lines are kept.
    fn drop(&mut self) {
        self.finish();
    }
}

impl Queue {
    fn new(file: &Arc<LogFile>) -> Self {
        let builder = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(LINES_WAITING);
        let (lines, guard) = builder.thread_name("error-log").finish(LogWriter(Arc::clone(file)));
        Self { lines, expected: file.taken(), _guard: guard }
    }
}
