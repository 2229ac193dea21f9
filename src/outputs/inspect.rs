//! The inspection of all outputs of a run: finds what cannot work, and touches nothing.

use std::path::Path;

use super::handle::{self, Opening};
use super::identity::Identity;
use super::target::{self, Kind, Target};
use super::{Input, Output, OutputError, OutputProblem};
use crate::job::{Job, LogMode};

/// The outputs of a run, found to be usable and not yet touched. See [`Inspected::open`].
#[derive(Debug)]
pub struct Inspected {
    pub(super) logs: Vec<PlannedLog>,
    pub(super) report: Option<Output>,
    pub(super) dry_run: bool,
}

/// The error log of one job.
#[derive(Debug)]
pub(super) struct PlannedLog {
    pub(super) job: String,
    pub(super) output: Output,
    pub(super) mode: LogMode,
}

/// Looks at the error logs of all jobs and at the report.
///
/// Jobs may share an error log. Nothing is created, truncated or removed. A dry run does not write
/// the error logs. They are inspected all the same, because a dry run ends as the run would, but
/// another run may hold them.
///
/// `inputs` are the files that the run reads: an output that leads to one of them, also through links, is refused.
///
/// # Errors
///
/// Everything that was found wrong, in the order of the jobs.
pub fn inspect(
    jobs: &[Job],
    report: Option<&Path>,
    inputs: &[Input],
    dry_run: bool,
) -> Result<Inspected, Vec<OutputError>> {
    let report = report.map(|path| Output::Report { path: path.to_owned() });
    let logs: Vec<_> = jobs.iter().map(planned).collect();
    let mut looked = Looked::beside(inputs);
    for log in &logs {
        looked.at(&log.output, !dry_run);
    }
    if let Some(report) = &report {
        looked.at(report, true);
    }
    if looked.errors.is_empty() { Ok(Inspected { logs, report, dry_run }) } else { Err(looked.errors) }
}

fn planned(job: &Job) -> PlannedLog {
    let output = Output::ErrorLog { job: job.name.clone(), path: job.error_log.path.clone() };
    PlannedLog { job: job.name.clone(), output, mode: job.error_log.mode }
}

/// What has been looked at so far.
#[derive(Default)]
struct Looked {
    inputs: Vec<(Identity, Input)>,
    usable: Vec<(Output, Target)>,
    errors: Vec<OutputError>,
}

impl Looked {
    fn beside(inputs: &[Input]) -> Self {
        let there = inputs.iter().filter_map(|input| Some((input.identity()?, input.clone())));
        Self { inputs: there.collect(), ..Self::default() }
    }

    fn at(&mut self, output: &Output, held_matters: bool) {
        // Jobs that share a log share its fault, too: it is reported once.
        if self.errors.iter().any(|error| error.output.path() == output.path()) && is_log(output) {
            return;
        }
        match self.examine(output, held_matters) {
            Ok(target) => self.usable.push((output.clone(), target)),
            Err(problem) => self.errors.push(OutputError { output: output.clone(), problem }),
        }
    }

    fn examine(&self, output: &Output, held_matters: bool) -> Result<Target, OutputProblem> {
        let target = target::look(output.path())?;
        if let Some((_, input)) = self.inputs.iter().find(|(identity, _)| *identity == target.identity)
            && !target.kind.can_be_shared()
        {
            return Err(OutputProblem::Input(input.clone()));
        }
        if let Some((other, _)) = self.usable.iter().find(|(_, seen)| seen.identity == target.identity) {
            let both_are_logs = is_log(output) && is_log(other);
            if !both_are_logs && !target.kind.can_be_shared() {
                return Err(OutputProblem::SameFile(Box::new(other.clone())));
            }
        } else if held_matters && target.kind == Kind::Regular {
            // The lock is released at once: it is taken for good before the run begins.
            handle::open(output.path(), Opening::Existing)?.lock()?;
        }
        Ok(target)
    }
}

fn is_log(output: &Output) -> bool {
    matches!(output, Output::ErrorLog { .. })
}
