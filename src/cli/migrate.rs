//! `migrate`: one job from two URLs or names of endpoints, without a job file.

use super::args::MigrateArguments;
use super::run::Work;
use super::{Exit, jobs, run};
use crate::config::{CommandLineJob, Request, Secrets};
use crate::report::Screen;

/// Makes the job and runs it.
pub fn migrate(arguments: &MigrateArguments, screen: &Screen) -> Exit {
    let request = Request {
        job: Some(CommandLineJob {
            endpoints: [arguments.source.clone(), arguments.destination.clone()],
            matches: arguments.matches.clone(),
        }),
        project: arguments.config.clone().or_else(jobs::found),
        profile: arguments.profile.clone(),
        sets: arguments.sets.clone(),
        environment: std::env::vars_os().collect(),
        secrets: Secrets::Read,
        ..Request::default()
    };
    match jobs::loaded(&request) {
        Ok(configuration) => run::start(configuration, (&arguments.how, Work::of(arguments.dry_run)), false, screen),
        Err(exit) => exit,
    }
}
