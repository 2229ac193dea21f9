//! Opening the outputs of a run, once it is certain that it begins.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::handle::{self, Handle, Opening};
use super::inspect::{Inspected, PlannedLog};
use super::log_file::LogFile;
use super::report_file::ReportFile;
use super::target::{self, Kind};
use super::{Output, OutputError, OutputProblem};
use crate::job::LogMode;

/// The open outputs of a run.
#[derive(Debug)]
pub struct Outputs {
    /// The error logs, for [`ErrorLog`](crate::report::ErrorLog).
    pub logs: OpenLogs,
    /// The report, if one was asked for.
    pub report: Option<ReportFile>,
}

/// The open error logs of a run. Jobs whose paths lead to one file share it.
#[derive(Debug, Default)]
pub struct OpenLogs {
    by_job: HashMap<String, (PathBuf, Arc<LogFile>)>,
}

impl OpenLogs {
    /// The log of a job, and its path as the job gives it.
    pub(crate) fn of(&self, job: &str) -> Option<&(PathBuf, Arc<LogFile>)> {
        self.by_job.get(job)
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
    /// from where blocking does no harm.
    ///
    /// # Errors
    ///
    /// The first output that cannot be opened. No file has lost anything.
    pub fn open<'a>(self, jobs: impl IntoIterator<Item = &'a str>) -> Result<Outputs, OutputError> {
        let names: Vec<_> = jobs.into_iter().collect();
        let wanted: Vec<_> =
            self.logs.iter().filter(|log| !self.dry_run && names.contains(&log.job.as_str())).collect();
        let mut opener = Opener::default();
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
#[derive(Default)]
struct Opener {
    logs: Vec<Opened>,
    report: Option<Handle>,
}

struct Opened {
    handle: Handle,
    /// The first job's, which decides whether the file is emptied.
    mode: LogMode,
    users: Vec<Output>,
}

impl Opener {
    /// Opens the FIFOs, so that later no lock is held while somebody is waited for.
    fn wait_for_readers(&mut self, logs: &[&PlannedLog], report: Option<&Output>) -> Result<(), OutputError> {
        let is_fifo = |output: &Output| matches!(target::look(output.path()), Ok(target) if target.kind == Kind::Fifo);
        for log in logs.iter().filter(|log| is_fifo(&log.output)) {
            self.open_log(log)?;
        }
        if let Some(report) = report.filter(|report| is_fifo(report)) {
            self.report = Some(open(report, Opening::Report)?);
        }
        Ok(())
    }

    fn open_log(&mut self, log: &PlannedLog) -> Result<(), OutputError> {
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
        let handle = open(&log.output, Opening::Log)?;
        handle.lock().map_err(|problem| refused(&log.output, problem))?;
        self.logs.push(Opened { handle, mode: log.mode, users: vec![log.output.clone()] });
        Ok(())
    }

    fn open_report(&mut self, output: &Output) -> Result<ReportFile, OutputError> {
        let handle = match self.report.take() {
            Some(fifo) => fifo,
            None => open(output, Opening::Report)?,
        };
        let log = self.logs.iter().find(|opened| opened.handle.identity == handle.identity);
        if let Some(log) = log.filter(|_| !handle.kind.can_be_shared()) {
            return Err(refused(output, OutputProblem::SameFile(Box::new(log.users[0].clone()))));
        }
        handle.lock().map_err(|problem| refused(output, problem))?;
        Ok(ReportFile::new(output.path().clone(), handle))
    }

    fn truncate(&self) -> Result<(), OutputError> {
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

fn open(output: &Output, opening: Opening) -> Result<Handle, OutputError> {
    handle::open(output.path(), opening).map_err(|error| refused(output, error.into()))
}

fn refused(output: &Output, problem: OutputProblem) -> OutputError {
    OutputError { output: output.clone(), problem }
}
