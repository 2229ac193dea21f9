//! Runs checked jobs, in the order of things: outputs looked at, ends reached, outputs opened, keys moved, told.

use std::fmt::Display;
use std::path::PathBuf;

use tokio::runtime::{Builder, Runtime};

use super::{Exit, signals};
use crate::error::Stop;
use crate::job::Job;
use crate::report::{self, Input, Inspected, NotOpened, Outputs, ProgressChoice, Report, Screen};
use crate::runner::{self, Options, RunSummary, Shutdown};
use crate::source::backup::Survey;

/// What is to be run, and how it is told.
#[derive(Debug)]
pub struct Plan {
    /// In order.
    pub jobs: Vec<Job>,
    /// The files that they were made of, which no output may be.
    pub inputs: Vec<Input>,
    /// How to run them.
    pub options: Options,
    /// Where the JSON report goes.
    pub report: Option<PathBuf>,
    /// How progress is shown.
    pub progress: ProgressChoice,
}

/// Runs a plan to its end, and returns the exit code.
pub fn execute(plan: Plan, screen: &Screen) -> Exit {
    match try_execute(plan, screen) {
        Ok(exit) => exit,
        Err(Unstarted::Files) => Exit::Usage,
        Err(Unstarted::System(error)) => {
            tracing::error!("the system does not let us start: {error}");
            Exit::Other
        }
    }
}

/// Why nothing was begun.
enum Unstarted {
    /// Outputs that will not do; what is wrong with them has been said.
    Files,
    /// No thread, no event queue.
    System(std::io::Error),
}

fn try_execute(plan: Plan, screen: &Screen) -> Result<Exit, Unstarted> {
    let Plan { jobs, inputs, options, report, progress } = plan;
    let inspected = report::inspect(&jobs, report.as_deref(), &inputs, options.dry_run);
    let inspected = inspected.map_err(|errors| say(&errors));
    runner::inspect_backups(&jobs).map_err(|errors| say(&errors))?;
    let inspected = inspected?;
    let shutdown = signals::listen().map_err(Unstarted::System)?;
    let runtime = runtime().map_err(Unstarted::System)?;

    let mut jobs = runtime.block_on(runner::preflight(jobs, &shutdown));
    log_refusals(&jobs);
    let outputs = open(&inspected, &mut jobs, options.keep_going, &shutdown)?;
    let mut listeners = report::listeners(outputs.logs.clone(), progress, screen);
    let summary = runtime.block_on(runner::run(jobs, options, &mut listeners, &shutdown));
    drop(listeners);
    Ok(tell(&summary, outputs))
}

/// Opens the outputs of the jobs that will be run. An end that is asked for meanwhile is an end like any other: no job
/// is run, and the summary tells it; the report too, unless the report is what was waited for.
fn open(
    inspected: &Inspected,
    jobs: &mut [(Job, Option<Stop>)],
    keep_going: bool,
    shutdown: &Shutdown,
) -> Result<Outputs, Unstarted> {
    let end = || shutdown.signal();
    let signal = match inspected.open(runner::cleared(jobs, keep_going), &end) {
        Ok(outputs) => return Ok(outputs),
        Err(NotOpened::Refused(error)) => return Err(say(&[error])),
        Err(NotOpened::Interrupted(signal)) => signal,
    };
    for (_, refusal) in jobs {
        refusal.get_or_insert(Stop::Interrupted(signal));
    }
    Ok(inspected.open([], &end).unwrap_or_else(|not_opened| {
        if let NotOpened::Refused(error) = not_opened {
            say(&[error]);
        }
        Outputs::default()
    }))
}

/// One thread: the servers are what takes the time, and one thread keeps order without locks.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn say(errors: &[impl Display]) -> Unstarted {
    for error in errors {
        tracing::error!("{error}");
    }
    Unstarted::Files
}

fn log_refusals(jobs: &[(Job, Option<Stop>)]) {
    for (job, refusal) in jobs {
        if let Some(refusal) = refusal {
            tracing::error!("job `{}` cannot be run: {refusal}", job.name);
        }
    }
}

/// Shows the summary, writes the report, and returns the exit code of both.
fn tell(summary: &RunSummary, outputs: Outputs) -> Exit {
    let exit = Exit::of_run(summary);
    report::show_summary(summary, &outputs.logs);
    let Some(file) = outputs.report else { return exit };
    match file.write(&Report::new(summary, exit.code()).to_json()) {
        Ok(()) => exit,
        Err(stop) => {
            tracing::error!("{stop}");
            exit.or_worse(Exit::Other)
        }
    }
}

/// Reaches and examines both ends of every job, moving nothing, and reads files to their ends; returns what the latter
/// hold, to be shown if all is well, or the exit code.
pub fn connect(jobs: Vec<Job>) -> Result<String, Exit> {
    runner::inspect_backups(&jobs).map_err(|errors| {
        say(&errors);
        Exit::Usage
    })?;
    let reached = signals::listen().and_then(|shutdown| Ok((runtime()?, shutdown)));
    let (runtime, shutdown): (Runtime, Shutdown) = reached.map_err(|error| {
        tracing::error!("the system does not let us start: {error}");
        Exit::Other
    })?;
    let (text, of_files) = look_into_files(&runtime.block_on(runner::survey_backups(&jobs, &shutdown)));
    let jobs = runtime.block_on(runner::preflight(jobs, &shutdown));
    log_refusals(&jobs);
    let of_ends = jobs.iter().filter_map(|(_, refusal)| refusal.as_ref()).map(Exit::of_stop);
    match of_ends.chain(of_files).fold(Exit::Success, Exit::or_worse) {
        Exit::Success => Ok(text),
        worse => Err(worse),
    }
}

/// What files hold; and an exit code for each that cannot be read, which is said.
fn look_into_files(surveys: &[(&Job, Result<Survey, Stop>)]) -> (String, Vec<Exit>) {
    let (mut text, mut exits) = (String::new(), Vec::new());
    for (job, survey) in surveys {
        match survey {
            Ok(survey) => text += &report::survey_text(&job.name, survey),
            Err(stop) => {
                tracing::error!("job `{}` cannot be run: {stop}", job.name);
                // Nothing has moved: a damaged file is wrong like any other input.
                exits.push(if let Stop::Backup(_) = stop { Exit::Usage } else { Exit::of_stop(stop) });
            }
        }
    }
    (text, exits)
}
