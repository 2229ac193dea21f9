//! `check`: every fault of the files, or that there is none.

use super::args::CheckArguments;
use super::{Exit, connect, jobs};
use crate::config::{Configuration, Origin, Secrets};

/// Reports every fault. With `--connect`, examines source and destination of every job as well. Returns what is to be
/// printed, too.
pub fn check(options: &CheckArguments) -> (String, Exit) {
    // To connect takes the passwords.
    let secrets = if options.connect { Secrets::Read } else { Secrets::Warn };
    let configuration = match jobs::configuration(&options.jobs, secrets) {
        Ok(configuration) => configuration,
        Err(exit) => return (String::new(), exit),
    };
    let all_is_well = all_is_well(&configuration);
    if !options.connect {
        return (all_is_well, Exit::Success);
    }
    let (of_files, exit) = connect::connect(configuration.into_jobs());
    (of_files + if exit == Exit::Success { &all_is_well } else { "" }, exit)
}

/// The files, each with the number of its jobs that were selected.
pub(super) fn all_is_well(configuration: &Configuration) -> String {
    let of_file = |path: &std::path::PathBuf| {
        let here = |origin: &Origin| matches!(origin, Origin::File { path: other, .. } if **other == **path);
        let count = configuration.jobs.iter().filter(|job| here(&job.origin)).count();
        format!("{}: {}\n", path.display(), jobs_in_words(count))
    };
    let lines: Vec<String> = configuration.files.iter().map(of_file).collect();
    if lines.is_empty() {
        return "one job out of variables and options, no file\nall is well\n".to_owned();
    }
    format!("{}all is well\n", lines.concat())
}

fn jobs_in_words(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}
