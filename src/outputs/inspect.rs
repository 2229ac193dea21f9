//! Inspects all outputs of a run before it starts. Reports what cannot work, and changes nothing.

use std::path::PathBuf;

use super::checkpoint_file::{self, CheckpointFile};
use super::claim::Claim;
use super::handle::{self, Opening};
use super::identity::Identity;
use super::kind::FileKind;
use super::place::{self, Place};
use super::{Input, Output, OutputError, OutputProblem, ReportFormat};
use crate::job::{Job, LogMode, VerifyMode};

/// The outputs of a run, which are usable and not open yet. See [`Inspected::open`].
#[derive(Debug)]
pub struct Inspected {
    pub(super) logs: Vec<PlannedLog>,
    pub(super) reports: Vec<Output>,
    pub(super) dry_run: bool,
    /// The checkpoints of the jobs, in order. They are locked, except for a dry run.
    pub checkpoints: Vec<CheckpointFile>,
}

/// The error log or the differences file of one job.
#[derive(Debug)]
pub(super) struct PlannedLog {
    pub(super) job: String,
    pub(super) output: Output,
    pub(super) mode: LogMode,
}

/// Inspects the error logs, differences files and checkpoints of all jobs, and the reports. Checkpoints are locked from
/// now on.
///
/// Jobs may share an error log, and a differences file. Nothing is created, truncated or removed. A dry run writes none
/// of them, but inspects them, because it reports what the run would report. Another run may be using them at that time.
///
/// `inputs` are the files that the run reads. An output that leads to one of them, also through links, is refused.
///
/// # Errors
///
/// Every problem, in the order of the jobs.
pub fn inspect(
    jobs: &[Job],
    reports: &[(ReportFormat, PathBuf)],
    inputs: &[Input],
    dry_run: bool,
) -> Result<Inspected, Vec<OutputError>> {
    let reports: Vec<Output> =
        reports.iter().map(|(format, path)| Output::Report { format: *format, path: path.clone() }).collect();
    let logs: Vec<_> = jobs.iter().filter(|job| job.enabled).flat_map(planned).collect();
    let mut inspection = Inspection::with(inputs);
    for log in &logs {
        inspection.add(&log.output, Some(log.mode), !dry_run);
    }
    for report in &reports {
        inspection.add(report, None, true);
    }
    let checkpoints = inspection.checkpoints(jobs, !dry_run);
    if inspection.errors.is_empty() {
        Ok(Inspected { logs, reports, dry_run, checkpoints })
    } else {
        Err(inspection.errors)
    }
}

fn planned(job: &Job) -> impl Iterator<Item = PlannedLog> {
    let name = &job.name;
    let errors = Output::ErrorLog { job: name.clone(), path: job.error_log.path.clone() };
    let differences = (job.verify.mode != VerifyMode::Off)
        .then(|| Output::Differences { job: name.clone(), path: job.verify.log.clone() });
    let differences = differences.map(|output| (output, job.verify.log_mode));
    let logs = [Some((errors, job.error_log.mode)), differences].into_iter().flatten();
    logs.map(|(output, mode)| PlannedLog { job: name.clone(), output, mode })
}

/// The outputs that have been inspected so far.
#[derive(Default)]
struct Inspection {
    inputs: Vec<(Identity, Input)>,
    usable: Vec<(Output, Place)>,
    /// The report on standard output.
    on_standard_output: Option<Output>,
    errors: Vec<OutputError>,
}

impl Inspection {
    fn with(inputs: &[Input]) -> Self {
        let existing = inputs.iter().filter_map(|input| Some((input.identity()?, input.clone())));
        Self { inputs: existing.collect(), ..Self::default() }
    }

    /// `mode` is that of a log.
    fn add(&mut self, output: &Output, mode: Option<LogMode>, must_be_free: bool) {
        // Jobs that share a log share its problem, which is reported once.
        if self.errors.iter().any(|error| error.output.path() == output.path() && output.shares_with(&error.output)) {
            return;
        }
        if is_standard_output(output) {
            return self.add_standard_output(output);
        }
        match self.examine(output, mode, must_be_free) {
            Ok(place) => self.usable.push((output.clone(), place)),
            Err(problem) => self.errors.push(OutputError { output: output.clone(), problem }),
        }
    }

    /// Only one report can be there.
    fn add_standard_output(&mut self, output: &Output) {
        match self.on_standard_output.clone() {
            None => self.on_standard_output = Some(output.clone()),
            Some(other) => {
                let problem = OutputProblem::SameFile(Box::new(other));
                self.errors.push(OutputError { output: output.clone(), problem });
            }
        }
    }

    fn checkpoints(&mut self, jobs: &[Job], must_be_free: bool) -> Vec<CheckpointFile> {
        let mut files = Vec::new();
        for job in jobs.iter().filter(|job| job.enabled) {
            let Some(path) = job.checkpoint.clone() else { continue };
            let output = Output::Checkpoint { job: job.name.clone(), path };
            let place = checkpoint_file::place(output.path()).and_then(|place| self.unshared(&output, place));
            match place
                .and_then(|place| CheckpointFile::of(&output, place.clone(), must_be_free).map(|file| (file, place)))
            {
                Ok((file, place)) => {
                    files.push(file);
                    self.usable.push((output, place));
                }
                Err(problem) => self.errors.push(OutputError { output, problem }),
            }
        }
        files
    }

    /// The place, unless an input or another output has it.
    fn unshared(&self, output: &Output, place: Place) -> Result<Place, OutputProblem> {
        if place.kind.can_be_shared() {
            return Ok(place);
        }
        if let Some((_, input)) = self.inputs.iter().find(|(identity, _)| *identity == place.identity) {
            return Err(OutputProblem::Input(input.clone()));
        }
        match self.usable.iter().find(|(_, seen)| seen.identity == place.identity) {
            Some((other, _)) if !output.shares_with(other) => Err(OutputProblem::SameFile(Box::new(other.clone()))),
            _ => Ok(place),
        }
    }

    fn examine(&self, output: &Output, mode: Option<LogMode>, must_be_free: bool) -> Result<Place, OutputProblem> {
        let place = self.unshared(output, place::resolve(output.path())?)?;
        if self.usable.iter().any(|(_, seen)| seen.identity == place.identity) {
            return Ok(place);
        }
        if let Some(mode) = mode {
            handle::check_names((place.kind, place.names), output, mode)?;
        }
        // Locks are released immediately. `open` locks the files for the whole run.
        if must_be_free && mode.is_some() {
            Claim::of(&place)?;
        }
        if must_be_free && place.kind == FileKind::Regular {
            handle::open(&place, Opening::Report)?.lock()?;
        }
        Ok(place)
    }
}

/// Whether a report goes to standard output.
pub(super) fn is_standard_output(output: &Output) -> bool {
    matches!(output, Output::Report { path, .. } if path.as_os_str() == "-")
}
