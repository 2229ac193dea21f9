//! `run`: the jobs of the files, in order.

use super::args::RunArguments;
use super::execute::{Plan, execute};
use super::{Exit, jobs};
use crate::config::Secrets;
use crate::report::Screen;
use crate::runner::Options;

/// Loads the jobs and runs them.
pub fn run(arguments: &RunArguments, screen: &Screen) -> Exit {
    let configuration = match jobs::configuration(&arguments.jobs, Secrets::Read) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    for in_force in configuration.overrides() {
        tracing::info!("override: {in_force}");
    }
    let plan = Plan {
        jobs: configuration.into_jobs(),
        options: Options { dry_run: arguments.dry_run, keep_going: arguments.keep_going },
        report: arguments.report.clone(),
        progress: arguments.progress.into(),
    };
    execute(plan, screen)
}
