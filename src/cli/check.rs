//! `check`: reports every fault in the files.

use std::path::Path;

use super::args::CheckArguments;
use super::execute::wrong_files;
use super::{Exit, connect, jobs, run};
use crate::config::{Configuration, Origin, Secrets};
use crate::job::Job;
use crate::outputs;
use crate::report::Screen;

/// Reports every fault, also of the files that a run would write. With `--connect`, also examines the source and destination of every job. Returns the text to
/// print and the exit code.
pub fn check(options: &CheckArguments, screen: &Screen) -> (String, Exit) {
    // A connection needs the passwords.
    let secrets = if options.connect { Secrets::Read } else { Secrets::Warn };
    let configuration = match jobs::configuration(&options.jobs, secrets) {
        Ok(configuration) => configuration,
        Err(exit) => return (String::new(), exit),
    };
    let confirmation = confirmation(&configuration);
    let of_outputs = inspect_outputs(&configuration, options.report.as_deref());
    let (of_files, exit) = if options.connect {
        connect::connect(configuration.into_jobs(), screen)
    } else {
        (String::new(), Exit::Success)
    };
    let exit = exit.or_worse(of_outputs);
    (of_files + if exit == Exit::Success { &confirmation } else { "" }, exit)
}

/// Inspects the files that a run would write. Another run may be using them.
fn inspect_outputs(configuration: &Configuration, report: Option<&Path>) -> Exit {
    let jobs: Vec<Job> = configuration.jobs.iter().map(|checked| checked.job.clone()).collect();
    match outputs::inspect(&jobs, report, &run::inputs(configuration), true) {
        Ok(_) => Exit::Success,
        Err(errors) => wrong_files(&errors),
    }
}

/// Confirms that the configuration is valid. Lists the files, each with the number of its selected jobs.
pub(super) fn confirmation(configuration: &Configuration) -> String {
    let of_file = |path: &std::path::PathBuf| {
        let here = |origin: &Origin| matches!(origin, Origin::File { path: other, .. } if **other == **path);
        let count = configuration.jobs.iter().filter(|job| here(&job.origin)).count();
        format!("{}: {}\n", path.display(), jobs_in_words(count))
    };
    let lines: Vec<String> = configuration.files.iter().map(of_file).collect();
    if lines.is_empty() {
        return "one job from variables and options, without a file\nconfiguration is valid\n".to_owned();
    }
    format!("{}configuration is valid\n", lines.concat())
}

fn jobs_in_words(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}
