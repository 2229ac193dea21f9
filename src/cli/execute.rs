//! Runs checked jobs, in the order of things: outputs looked at, ends reached, outputs opened, keys moved, told.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::PathBuf;

use tokio::runtime::{Builder, Runtime};

use super::{Exit, signals};
use crate::error::Stop;
use crate::event::{Event, Listener, RunSummary};
use crate::job::Job;
use crate::outputs::{self, Input, Outputs};
use crate::report::{self, Notices, ProgressChoice, Report, Screen};
use crate::runner::{self, Options, Shutdown, Surveyed};
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
    let inspected = outputs::inspect(&jobs, report.as_deref(), &inputs, options.dry_run);
    let inspected = inspected.map_err(|errors| say(&errors));
    runner::inspect_backups(&jobs).map_err(|errors| say(&errors))?;
    let inspected = inspected?;
    let shutdown = signals::listen().map_err(Unstarted::System)?;
    let runtime = runtime().map_err(Unstarted::System)?;

    let examined = runtime.block_on(runner::preflight(jobs, &shutdown, &mut Notices::default()));
    let examined = examined.map_err(|stop| say(&[stop]))?;
    let outputs = inspected.open(examined.cleared(options.keep_going)).map_err(|error| say(&[error]))?;
    let mut listeners = report::listeners(outputs.logs.clone(), progress, screen);
    let (summary, _) = runtime.block_on(runner::run(examined, options, &mut listeners, &shutdown));
    drop(listeners);
    Ok(tell(&summary, outputs))
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

/// Reaches and examines both ends of every job, moving nothing, and reads backups to their ends; returns what these hold,
/// and the exit code.
pub fn connect(jobs: Vec<Job>) -> (String, Exit) {
    match try_connect(jobs) {
        Ok(found) => found,
        Err(exit) => (String::new(), exit),
    }
}

fn try_connect(jobs: Vec<Job>) -> Result<(String, Exit), Exit> {
    runner::inspect_backups(&jobs).map_err(|errors| {
        say(&errors);
        Exit::Usage
    })?;
    let reached = signals::listen().and_then(|shutdown| Ok((runtime()?, shutdown)));
    let (runtime, shutdown): (Runtime, Shutdown) = reached.map_err(|error| {
        tracing::error!("the system does not let us start: {error}");
        Exit::Other
    })?;
    let mut notices = Notices::default();
    let examined = runtime.block_on(runner::preflight(jobs, &shutdown, &mut notices)).expect("a log line cannot fail");
    let examined = examined.jobs;
    let refusals = examined.iter().filter_map(|(_, refusal)| refusal.as_ref());
    let exit = refusals.map(Exit::of_stop).fold(Exit::Success, Exit::or_worse);
    if shutdown.signal().is_some() {
        return Err(exit);
    }
    let well = examined.iter().filter(|(_, refusal)| refusal.is_none()).map(|(job, _)| job.name.clone()).collect();
    let jobs: Vec<Job> = examined.into_iter().map(|(job, _)| job).collect();
    let (text, of_files) = runtime.block_on(look_into_files(&jobs, &well, &shutdown));
    Ok((text, exit.or_worse(of_files)))
}

/// What backups hold, and an exit code. Of jobs that are well so far it is also looked whether their destinations have
/// the databases that are found.
async fn look_into_files(jobs: &[Job], well: &HashSet<String>, shutdown: &Shutdown) -> (String, Exit) {
    let (mut text, mut exit) = (String::new(), Exit::Success);
    for Surveyed { jobs, survey } in runner::survey_backups(jobs, shutdown).await {
        match survey {
            Ok(survey) => {
                text += &report::survey_text(&jobs, &survey);
                for job in jobs.into_iter().filter(|job| well.contains(&job.name)) {
                    exit = exit.or_worse(find_databases(job, &survey).await);
                }
            }
            Err(stop) => exit = jobs.into_iter().map(|job| refused(job, &stop)).fold(exit, Exit::or_worse),
        }
    }
    (text, exit)
}

async fn find_databases(job: &Job, survey: &Survey) -> Exit {
    match runner::find_databases(job, survey).await {
        Ok(warnings) => {
            for warning in &warnings {
                Notices::default().hear(&Event::Warned(warning)).expect("a log line cannot fail");
            }
            Exit::Success
        }
        Err(stop) => refused(job, &stop),
    }
}

/// Says why a job cannot be run. Nothing has moved: a damaged file is wrong like any other input.
fn refused(job: &Job, stop: &Stop) -> Exit {
    tracing::error!("job `{}` cannot be run: {stop}", job.name);
    if let Stop::Backup(_) = stop { Exit::Usage } else { Exit::of_stop(stop) }
}
