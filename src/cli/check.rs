//! `check`: reports every fault in the files.

use super::args::CheckArguments;
use super::{Exit, connect, jobs};
use crate::config::{Configuration, Origin, Secrets};

/// Reports every fault. With `--connect`, also examines the source and destination of every job. Returns the text to
/// print and the exit code.
pub fn check(options: &CheckArguments) -> (String, Exit) {
    // A connection needs the passwords.
    let secrets = if options.connect { Secrets::Read } else { Secrets::Warn };
    let configuration = match jobs::configuration(&options.jobs, secrets) {
        Ok(configuration) => configuration,
        Err(exit) => return (String::new(), exit),
    };
    let confirmation = confirmation(&configuration);
    if !options.connect {
        return (confirmation, Exit::Success);
    }
    let (of_files, exit) = connect::connect(configuration.into_jobs());
    (of_files + if exit == Exit::Success { &confirmation } else { "" }, exit)
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
