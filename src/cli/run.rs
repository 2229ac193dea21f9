//! `run`: the jobs of the files, in order.

use super::args::RunArguments;
use super::{Exit, jobs};
use crate::config::{Configuration, Secrets};
use crate::report::Screen;

/// Loads the jobs and runs them.
pub fn run(options: &RunArguments, screen: &Screen) -> Exit {
    match jobs::configuration(&options.jobs, Secrets::Read) {
        Ok(configuration) => {
            configuration.overrides().iter().for_each(|in_force| tracing::info!("override: {in_force}"));
            run_jobs(configuration, options, screen)
        }
        Err(exit) => exit,
    }
}

/// Where checked jobs are handed on: outputs inspected, pre-flight, outputs opened, the run, its summary and report.
fn run_jobs(configuration: Configuration, options: &RunArguments, _screen: &Screen) -> Exit {
    let _ =
        (options.dry_run, options.keep_going, &options.report, crate::report::ProgressChoice::from(options.progress));
    tracing::error!("running is not connected yet ({} jobs)", configuration.into_jobs().len());
    Exit::Other
}
