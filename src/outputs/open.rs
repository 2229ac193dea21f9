//! Opening the outputs of a run, once it is certain that it begins.

use std::rc::Rc;

use super::handle::{self, Handle, Opening};
use super::inspect::{Inspected, PlannedLog};
use super::log_file::{LogFile, OpenLog, OpenLogs};
use super::report_file::ReportFile;
use super::target;
use super::{Output, OutputError, OutputProblem};
use crate::job::LogMode;

/// The open outputs of a run.
#[derive(Debug, Default)]
pub struct Outputs {
    /// The error logs.
    pub logs: OpenLogs,
    /// The report, if one was asked for.
    pub report: Option<ReportFile>,
}

impl Inspected {
    /// Opens the error logs of the jobs that will be run, and the report. It never waits.
    ///
    /// The log of a job that is not named (because pre-flight refused it) is left alone; with no name at all
    /// only the report is opened. A dry run leaves all logs alone.
    ///
    /// Every log is opened once. Regular files are locked until the run ends. Only when all of them are locked, those
    /// are emptied whose first job says `overwrite`; a job that shares the file with an earlier one adds to it.
    /// Nothing is ever removed.
    ///
    /// # Errors
    ///
    /// The first output that cannot be opened. No file has lost anything.
    pub fn open<'a>(&self, jobs: impl IntoIterator<Item = &'a str>) -> Result<Outputs, OutputError> {
        let names: Vec<_> = jobs.into_iter().collect();
        let mut logs = Vec::new();
        for log in self.logs.iter().filter(|log| !self.dry_run && names.contains(&log.job.as_str())) {
            open_log(log, &mut logs).map_err(|problem| refused(&log.output, problem))?;
        }
        let report = self.report.as_ref().map(|output| {
            let report = open_report(output, &logs);
            report.map_err(|problem| refused(output, problem))
        });
        let report = report.transpose()?;
        for log in logs.iter().filter(|log| log.mode == LogMode::Overwrite) {
            log.handle.truncate().map_err(|error| refused(&log.users[0], error.into()))?;
        }
        Ok(Outputs { logs: into_logs(logs), report })
    }
}

/// A log that has been opened.
struct Opened {
    handle: Handle,
    /// The first job's, which decides whether the file is emptied.
    mode: LogMode,
    users: Vec<Output>,
}

fn open_log(log: &PlannedLog, logs: &mut Vec<Opened>) -> Result<(), OutputProblem> {
    // The identity of a file that had to be created is known only now.
    let seen = target::look(log.output.path())?;
    if let Some(opened) = logs.iter_mut().find(|opened| opened.handle.identity == seen.identity) {
        opened.users.push(log.output.clone());
        return Ok(());
    }
    let handle = handle::open(log.output.path(), Opening::Log)?;
    handle.lock()?;
    logs.push(Opened { handle, mode: log.mode, users: vec![log.output.clone()] });
    Ok(())
}

fn open_report(output: &Output, logs: &[Opened]) -> Result<ReportFile, OutputProblem> {
    let handle = handle::open(output.path(), Opening::Report)?;
    let log = logs.iter().find(|opened| opened.handle.identity == handle.identity);
    if let Some(log) = log.filter(|_| !handle.kind.can_be_shared()) {
        return Err(OutputProblem::SameFile(Box::new(log.users[0].clone())));
    }
    handle.lock()?;
    Ok(ReportFile::new(output.path().clone(), handle))
}

fn into_logs(logs: Vec<Opened>) -> OpenLogs {
    let mut open = OpenLogs::default();
    for Opened { handle, users, .. } in logs {
        let file = Rc::new(LogFile::new(handle.file));
        for user in users {
            if let Output::ErrorLog { job, path } = user {
                open.by_job.insert(job, OpenLog { path, file: Rc::clone(&file) });
            }
        }
    }
    open
}

fn refused(output: &Output, problem: OutputProblem) -> OutputError {
    OutputError { output: output.clone(), problem }
}
