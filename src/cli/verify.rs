//! `verify`: compares source and destination of jobs.

use super::args::{RepairChoice, VerifyArguments};
use super::run::Work;
use super::{Exit, jobs, run};
use crate::config::Secrets;
use crate::engine::Repair;
use crate::report::Screen;
use crate::runner::VerifyOptions;

/// Loads the jobs and verifies them.
pub fn verify(arguments: &VerifyArguments, screen: &Screen) -> Exit {
    let configuration = match jobs::configuration(&arguments.jobs, Secrets::Read) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    jobs::log_overrides(&configuration);
    let repair = arguments.repair.map(|choice| match choice {
        RepairChoice::Usual => Repair::AsJob,
        RepairChoice::Replace => Repair::Replace,
    });
    run::start(configuration, (&arguments.how, Work::Verify(VerifyOptions { repair })), arguments.keep_going, screen)
}
