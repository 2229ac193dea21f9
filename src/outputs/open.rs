//! Opens the outputs of a run, after pre-flight.

use std::rc::Rc;

use super::claim::Claim;
use super::handle::{self, Handle, Opening};
use super::inspect::{Inspected, PlannedLog, is_standard_output};
use super::kind::FileKind;
use super::log_file::{LogFile, OpenLog, OpenLogs, State};
use super::place::{self, Place};
use super::report_file::ReportFile;
use super::{Output, OutputError, OutputProblem, Patience, ReportFormat};
use crate::job::LogMode;

/// The open outputs of a run.
#[derive(Debug, Default)]
pub struct Outputs {
    /// The error logs.
    pub logs: OpenLogs,
    /// The differences files of the jobs that are verified.
    pub differences: OpenLogs,
    /// The reports, in the order in which they were given.
    pub reports: Vec<(ReportFormat, ReportFile)>,
}

impl Inspected {
    /// Opens the reports, and the error logs and differences files of the jobs that will run. Never waits.
    ///
    /// `jobs` are the names of these jobs. If pre-flight refused a job, its logs are not touched. A dry run touches no
    /// log. A log that does not exist is created by its first line.
    ///
    /// Each file is opened once. Regular files are locked until the run ends. After all of them are locked, a log is
    /// emptied if its first job has the mode `overwrite`. Jobs that share a file with an earlier job append to it.
    ///
    /// # Errors
    ///
    /// The first output that cannot be opened. No file has lost its content, and none was created.
    pub fn open<'a>(
        &self,
        jobs: impl IntoIterator<Item = &'a str>,
        patience: &Patience,
    ) -> Result<Outputs, OutputError> {
        let names: Vec<_> = jobs.into_iter().collect();
        let mut logs = Vec::new();
        for log in self.logs.iter().filter(|log| !self.dry_run && names.contains(&log.job.as_str())) {
            open_log(log, &mut logs).map_err(|problem| refused(&log.output, problem))?;
        }
        let mut reports = Vec::new();
        for output in &self.reports {
            let report = open_report(output, &logs, patience).map_err(|problem| refused(output, problem))?;
            if let Output::Report { format, .. } = output {
                reports.push((*format, report));
            }
        }
        for log in logs.iter().filter(|log| log.mode == LogMode::Overwrite) {
            if let Some(handle) = &log.handle {
                handle.truncate().map_err(|error| refused(&log.users[0], error.into()))?;
            }
        }
        let (logs, differences) = into_logs(logs, patience);
        Ok(Outputs { logs, differences, reports })
    }
}

/// A log that has been opened, or will be created.
struct Opened {
    place: Place,
    /// `None` if it does not exist.
    handle: Option<Handle>,
    /// For a file that does not exist.
    claim: Option<Claim>,
    /// The mode of the first job, which decides whether the file is emptied.
    mode: LogMode,
    users: Vec<Output>,
}

fn open_log(log: &PlannedLog, logs: &mut Vec<Opened>) -> Result<(), OutputProblem> {
    // Time has passed since the inspection, so the file may be another one.
    let place = place::resolve(log.output.path())?;
    for opened in logs.iter_mut().filter(|opened| opened.place.identity == place.identity) {
        if log.output.shares_with(&opened.users[0]) {
            opened.users.push(log.output.clone());
            return Ok(());
        }
        if !place.kind.can_be_shared() {
            return Err(OutputProblem::SameFile(Box::new(opened.users[0].clone())));
        }
    }
    let handle = match place.kind {
        FileKind::Missing => None,
        _ => Some(handle::open(&place, Opening::Log)?),
    };
    if let Some(handle) = &handle {
        handle.lock()?;
        handle.check_names(&log.output, log.mode)?;
    }
    let claim = Claim::of(&place)?;
    logs.push(Opened { place, handle, claim, mode: log.mode, users: vec![log.output.clone()] });
    Ok(())
}

fn open_report(output: &Output, logs: &[Opened], patience: &Patience) -> Result<ReportFile, OutputProblem> {
    if is_standard_output(output) {
        return Ok(ReportFile::standard_output(patience.clone()));
    }
    let opening = match output {
        Output::Report { format: ReportFormat::Json, .. } => Opening::ReportWithKeys,
        _ => Opening::Report,
    };
    let place = place::resolve(output.path())?;
    let log = logs.iter().find(|opened| opened.place.identity == place.identity);
    if let Some(log) = log.filter(|_| !place.kind.can_be_shared()) {
        return Err(OutputProblem::SameFile(Box::new(log.users[0].clone())));
    }
    let handle = match place.kind {
        FileKind::Missing => handle::create(&place, opening)?,
        _ => handle::open(&place, opening)?,
    };
    handle.lock()?;
    if handle.kind == FileKind::Regular && !handle.is_at(&place) {
        return Err(OutputProblem::InUse);
    }
    Ok(ReportFile::new(output.path().clone(), place, handle, patience.clone()))
}

/// The error logs, and the differences files.
fn into_logs(logs: Vec<Opened>, patience: &Patience) -> (OpenLogs, OpenLogs) {
    let (mut errors, mut differences) = (OpenLogs::default(), OpenLogs::default());
    for Opened { place, handle, claim, users, .. } in logs {
        let state = handle.map_or(State::Missing { place, _claim: claim }, |handle| State::Open(handle.file));
        let file = Rc::new(LogFile::new(state, patience.clone()));
        for user in users {
            let (of_kind, job, path) = match user {
                Output::ErrorLog { job, path } => (&mut errors, job, path),
                Output::Differences { job, path } => (&mut differences, job, path),
                Output::Checkpoint { .. } | Output::Report { .. } => continue,
            };
            of_kind.by_job.insert(job, OpenLog { path, file: Rc::clone(&file) });
        }
    }
    (errors, differences)
}

fn refused(output: &Output, problem: OutputProblem) -> OutputError {
    OutputError { output: output.clone(), problem }
}
