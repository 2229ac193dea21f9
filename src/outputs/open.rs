//! Opens the outputs of a run, after pre-flight.

use std::rc::Rc;

use super::handle::{self, Handle, Opening};
use super::inspect::{Inspected, PlannedLog};
use super::log_file::{LogFile, OpenLog, OpenLogs};
use super::report_file::ReportFile;
use super::resolved_path;
use super::{Output, OutputError, OutputProblem};
use crate::job::LogMode;

/// The open outputs of a run.
#[derive(Debug, Default)]
pub struct Outputs {
    /// The error logs.
    pub logs: OpenLogs,
    /// The report, if `--report` is given.
    pub report: Option<ReportFile>,
}

impl Inspected {
    /// Opens the report, and the error logs of the jobs that will run. Never waits.
    ///
    /// `jobs` are the names of these jobs. If pre-flight refused a job, its log is not touched. A dry run touches no
    /// log.
    ///
    /// Each file is opened once. Regular files are locked until the run ends. After all of them are locked, a file is
    /// emptied if its first job has the mode `overwrite`. Jobs that share a file with an earlier job append to it.
    /// Nothing is ever removed.
    ///
    /// # Errors
    ///
    /// The first output that cannot be opened. No file has lost its content.
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
    /// The mode of the first job, which decides whether the file is emptied.
    mode: LogMode,
    users: Vec<Output>,
}

fn open_log(log: &PlannedLog, logs: &mut Vec<Opened>) -> Result<(), OutputProblem> {
    // If an earlier job's log had to be created, its identity is only known now.
    let file = resolved_path::resolve(log.output.path())?;
    if let Some(opened) = logs.iter_mut().find(|opened| opened.handle.identity == file.identity) {
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
