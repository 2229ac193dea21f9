//! Runs checked jobs: inspects the outputs, examines the endpoints, opens the outputs, moves keys and reports.

use std::fmt::Display;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::{Exit, signals};
use crate::event::{RunSummary, Warning};
use crate::job::Job;
use crate::outputs::{self, Input, Inspected, Output, Patience, ReportFormat};
use crate::report::{self, ProgressChoice, Screen};
use crate::runner::{self, Checkpoints, Options, Shutdown, Walk};

/// The jobs to run, and how to report them.
#[derive(Debug)]
pub struct Plan {
    /// In order.
    pub jobs: Vec<Job>,
    /// The files that the run reads. No output may be one of them.
    pub inputs: Vec<Input>,
    /// Warnings that have already been logged.
    pub warnings: Vec<Warning>,
    /// How to run them.
    pub options: Options,
    /// Whether a warning keeps the run from starting, or changes its exit code.
    pub deny_warnings: bool,
    /// Where the reports go.
    pub reports: Vec<(ReportFormat, PathBuf)>,
    /// Where the summary is appended as Markdown.
    pub step_summary: Option<PathBuf>,
    /// The command that continues the run, if it ends early.
    pub resume_command: String,
    /// How progress is shown.
    pub progress: ProgressChoice,
}

/// Why a run with warnings is no success.
pub(super) const DENIED: &str = "there are warnings, which `--deny-warnings` makes errors";

/// Runs a plan, and returns the exit code.
pub fn execute(plan: Plan, screen: &Screen) -> Exit {
    try_execute(plan, screen).unwrap_or_else(|exit| exit)
}

/// The error is the exit code of a run that did not start. The reason has been logged.
fn try_execute(plan: Plan, screen: &Screen) -> Result<Exit, Exit> {
    let Plan { jobs, inputs, warnings, options, deny_warnings, reports, step_summary, resume_command, progress } = plan;
    let inspected = inspect_outputs(&jobs, &reports, &inputs, options.dry_run);
    let checked = runner::check_key_lists(&jobs).map_err(|errors| wrong_files(&errors));
    runner::inspect_backups(&jobs).map_err(|errors| wrong_files(&errors)).and(checked)?;
    let (mut inspected, of_logs) = inspected?;
    let (checkpoints, of_outputs) = open_checkpoints(&mut inspected, &jobs, options, of_logs)?;
    let (runtime, shutdown) = start(screen.patience(), options.max_duration)?;

    let mut listeners = report::notices();
    let examined = runtime.block_on(runner::preflight(jobs, options.verify.is_some(), &shutdown, &mut listeners));
    let mut examined = examined.map_err(cannot_start)?;
    examined.warnings.splice(0..0, warnings);
    if deny_warnings && !examined.warnings.is_empty() {
        tracing::error!("{DENIED}");
        let refusals = examined.jobs.iter().filter_map(|(_, refusal)| refusal.as_ref());
        return Err(refusals.map(Exit::of_stop).fold(Exit::Usage, Exit::or_worse));
    }
    let outputs = inspected
        .open(examined.cleared(options.keep_going), screen.patience())
        .map_err(|error| wrong_files(&[error]))?;
    let exit_of = move |summary: &RunSummary| {
        let denied = deny_warnings && !summary.warnings.is_empty();
        Exit::of_run(summary).or_worse(of_outputs).or_worse(if denied { Exit::KeysFailed } else { Exit::Success })
    };
    let mut listeners =
        report::with_outputs(listeners, outputs, step_summary, resume_command, progress, screen, move |run| {
            exit_of(run).code()
        });
    let (summary, reported) = runtime.block_on(runner::run(examined, options, checkpoints, &mut listeners, &shutdown));
    let exit = exit_of(&summary);
    if deny_warnings && !summary.warnings.is_empty() {
        tracing::error!("{DENIED}");
    }
    let Err(stop) = reported else { return Ok(exit) };
    tracing::error!("{stop}");
    // A signal may have ended the wait for the reader of an output.
    let signal = shutdown.signal().map_or(Exit::Other, Exit::of_signal);
    Ok(exit.or_worse(Exit::Other).or_worse(signal))
}

/// Inspects the outputs. A dry run writes only reports, so it goes on without another output that a run could not write;
/// but it ends with the exit code of that run.
fn inspect_outputs(
    jobs: &[Job],
    reports: &[(ReportFormat, PathBuf)],
    inputs: &[Input],
    is_dry_run: bool,
) -> Result<(Inspected, Exit), Exit> {
    let errors = match outputs::inspect(jobs, reports, inputs, is_dry_run) {
        Ok(inspected) => return Ok((inspected, Exit::Success)),
        Err(errors) => errors,
    };
    let exit = wrong_files(&errors);
    let are_of_jobs = errors.iter().all(|error| !matches!(error.output, Output::Report { .. }));
    match outputs::inspect(&[], reports, inputs, is_dry_run) {
        Ok(inspected) if is_dry_run && are_of_jobs => Ok((inspected, exit)),
        _ => Err(exit),
    }
}

/// Reads the records of an earlier run. A dry run has no checkpoints, but the exit code of the run, to which `of_logs` adds.
fn open_checkpoints(
    inspected: &mut Inspected,
    jobs: &[Job],
    options: Options,
    of_logs: Exit,
) -> Result<(Checkpoints<Walk>, Exit), Exit> {
    let files = std::mem::take(&mut inspected.checkpoints);
    match Checkpoints::open(files, jobs, options.resume, options.discard_checkpoint) {
        Ok(_) if options.dry_run => Ok((Checkpoints::default(), of_logs)),
        Ok(checkpoints) => Ok((checkpoints, of_logs)),
        Err(errors) if options.dry_run => Ok((Checkpoints::default(), of_logs.or_worse(wrong_files(&errors)))),
        Err(errors) => Err(wrong_files(&errors)),
    }
}

/// Starts the handling of signals, and a runtime with one thread for the jobs. One thread is enough, because the servers
/// take most of the time, and it needs no locks.
pub(super) fn start(patience: &Patience, limit: Option<Duration>) -> Result<(JobRuntime, Shutdown), Exit> {
    let shutdown = signals::listen(patience.clone(), limit).map_err(cannot_start)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot_start)?;
    Ok((JobRuntime(Some(runtime)), shutdown))
}

/// A runtime that does not wait at its end for a name server, which a thread of its own asks.
pub(super) struct JobRuntime(Option<Runtime>);

impl JobRuntime {
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.as_ref().expect("only `drop` takes it").block_on(work)
    }
}

impl Drop for JobRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

pub(super) fn wrong_files(errors: &[impl Display]) -> Exit {
    for error in errors {
        tracing::error!("{error}");
    }
    Exit::Usage
}

pub(super) fn cannot_start(error: impl Display) -> Exit {
    tracing::error!("cannot start: {error}");
    Exit::Other
}
