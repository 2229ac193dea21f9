//! Opening the outputs of a run, once it is certain that it begins.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::handle::{self, Handle, Opening, Unopened};
use super::inspect::{Inspected, PlannedLog};
use super::log_file::LogFile;
use super::report_file::ReportFile;
use super::target::{self, Kind};
use super::{Output, OutputError, OutputProblem};
use crate::error::Signal;
use crate::job::LogMode;

/// The open outputs of a run.
#[derive(Debug, Default)]
pub struct Outputs {
    /// The error logs, for [`ErrorLog`](crate::report::ErrorLog).
    pub logs: OpenLogs,
    /// The report, if one was asked for.
    pub report: Option<ReportFile>,
}

/// Tells whether the end of the run has been asked for, and how.
pub type EndRequested<'a> = &'a dyn Fn() -> Option<Signal>;

/// Why the outputs were not opened. No file has lost anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// One of them cannot be.
    #[error(transparent)]
    Refused(#[from] OutputError),
    /// The end was asked for while a FIFO was without a reader.
    #[error("interrupted by {0}")]
    Interrupted(Signal),
}

/// The open error logs of a run. Jobs whose paths lead to one file share it.
#[derive(Clone, Debug, Default)]
pub struct OpenLogs {
    by_job: HashMap<String, (PathBuf, Arc<LogFile>)>,
}

impl OpenLogs {
    /// The log of a job, and its path as the job gives it.
    pub(crate) fn of(&self, job: &str) -> Option<&(PathBuf, Arc<LogFile>)> {
        self.by_job.get(job)
    }

    /// Whether this run has had something to write into the log of a job, be it of another job that shares it.
    pub(crate) fn has_lines(&self, job: &str) -> bool {
        self.of(job).is_some_and(|(_, file)| file.taken() > 0)
    }
}

impl Inspected {
    /// Opens the error logs of the jobs that will be run, and the report.
    ///
    /// The log of a job that is not named (as pre-flight refused it) is left alone; with no name at all
    /// only the report is opened. A dry run leaves all logs alone.
    ///
    /// Every log is opened once. Regular files are locked until the run ends, and only when all of them
    /// are ours those are emptied whose first job says `overwrite`; a job that shares the file
    /// with an earlier one adds to it. Nothing is ever removed.
    ///
    /// A FIFO is waited for until it has a reader, before any lock is taken. That can be long: call it
    /// from where blocking does no harm. Meanwhile `end` is asked again and again.
    ///
    /// # Errors
    ///
    /// The first output that cannot be opened, or that the end was asked for. No file has lost anything.
    pub fn open<'a>(
        &self,
        jobs: impl IntoIterator<Item = &'a str>,
        end: EndRequested<'_>,
    ) -> Result<Outputs, NotOpened> {
        let names: Vec<_> = jobs.into_iter().collect();
        let wanted: Vec<_> =
            self.logs.iter().filter(|log| !self.dry_run && names.contains(&log.job.as_str())).collect();
        let mut opener = Opener { end, logs: Vec::new(), report: None };
        opener.wait_for_readers(&wanted, self.report.as_ref())?;
        for log in &wanted {
            opener.open_log(log)?;
        }
        let report = self.report.as_ref().map(|output| opener.open_report(output)).transpose()?;
        opener.truncate()?;
        Ok(Outputs { logs: opener.into_logs(), report })
    }
}

/// What has been opened so far.
struct Opener<'a> {
    end: EndRequested<'a>,
    logs: Vec<Opened>,
    report: Option<Handle>,
}

struct Opened {
    handle: Handle,
    /// The first job's, which decides whether the file is emptied.
    mode: LogMode,
    users: Vec<Output>,
}

impl Opener<'_> {
    /// Opens the FIFOs, so that later no lock is held while somebody is waited for.
    fn wait_for_readers(&mut self, logs: &[&PlannedLog], report: Option<&Output>) -> Result<(), NotOpened> {
        let is_fifo = |output: &Output| matches!(target::look(output.path()), Ok(target) if target.kind == Kind::Fifo);
        for log in logs.iter().filter(|log| is_fifo(&log.output)) {
            self.open_log(log)?;
        }
        if let Some(report) = report.filter(|report| is_fifo(report)) {
            self.report = Some(self.open(report, Opening::Report)?);
        }
        Ok(())
    }

    fn open_log(&mut self, log: &PlannedLog) -> Result<(), NotOpened> {
        if self.logs.iter().any(|opened| opened.users.contains(&log.output)) {
            return Ok(());
        }
        // A FIFO would be opened a second time for nothing, so its identity is asked for first;
        // a file that had to be made tells its identity only now.
        let seen = target::look(log.output.path()).map_err(|problem| refused(&log.output, problem))?;
        if let Some(opened) = self.logs.iter_mut().find(|opened| opened.handle.identity == seen.identity) {
            opened.users.push(log.output.clone());
            return Ok(());
        }
        let handle = self.open(&log.output, Opening::Log)?;
        handle.lock().map_err(|problem| refused(&log.output, problem))?;
        self.logs.push(Opened { handle, mode: log.mode, users: vec![log.output.clone()] });
        Ok(())
    }

    fn open_report(&mut self, output: &Output) -> Result<ReportFile, NotOpened> {
        let handle = match self.report.take() {
            Some(fifo) => fifo,
            None => self.open(output, Opening::Report)?,
        };
        let log = self.logs.iter().find(|opened| opened.handle.identity == handle.identity);
        if let Some(log) = log.filter(|_| !handle.kind.can_be_shared()) {
            return Err(refused(output, OutputProblem::SameFile(Box::new(log.users[0].clone()))).into());
        }
        handle.lock().map_err(|problem| refused(output, problem))?;
        Ok(ReportFile::new(output.path().clone(), handle))
    }

    fn open(&self, output: &Output, opening: Opening) -> Result<Handle, NotOpened> {
        handle::open(output.path(), opening, self.end).map_err(|unopened| match unopened {
            Unopened::System(error) => refused(output, error.into()).into(),
            Unopened::Interrupted(signal) => NotOpened::Interrupted(signal),
        })
    }

    fn truncate(&self) -> Result<(), NotOpened> {
        for opened in self.logs.iter().filter(|opened| opened.mode == LogMode::Overwrite) {
            opened.handle.truncate().map_err(|error| refused(&opened.users[0], error.into()))?;
        }
        Ok(())
    }

    fn into_logs(self) -> OpenLogs {
        let mut by_job = HashMap::new();
        for opened in self.logs {
            let file = Arc::new(LogFile::new(opened.handle.file));
            for user in opened.users {
                if let Output::ErrorLog { job, path } = user {
                    by_job.insert(job, (path, Arc::clone(&file)));
                }
            }
        }
        OpenLogs { by_job }
    }
}

fn refused(output: &Output, problem: OutputProblem) -> OutputError {
    OutputError { output: output.clone(), problem }
}
