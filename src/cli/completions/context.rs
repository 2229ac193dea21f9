//! What the other words of the command line say: the files that stand there, and what those files list.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, CommandFactory};

use crate::cli::args::Arguments;
use crate::cli::jobs;
use crate::config::{Listed, listed};

/// More files than that are not read.
const MOST_FILES: usize = 1000;

/// What the files on the command line list. The line may be incomplete and wrong.
pub fn listed_by(words: &[OsString]) -> Listed {
    let command = Arguments::command().ignore_errors(true);
    let Ok(found) = command.try_get_matches_from(words) else { return Listed::default() };
    let Some((_, found)) = found.subcommand() else { return Listed::default() };
    let job_files: Vec<PathBuf> = values(found, "files").iter().flat_map(|path| expanded(path)).collect();
    let project = values(found, "config").into_iter().map(|path| with_home(&path)).next();
    let project = project.or_else(jobs::found);
    let files: Vec<PathBuf> = project.into_iter().chain(job_files).take(MOST_FILES).collect();
    listed(&files)
}

fn values(found: &ArgMatches, argument: &str) -> Vec<PathBuf> {
    found.try_get_many::<PathBuf>(argument).ok().flatten().into_iter().flatten().cloned().collect()
}

/// The files that the shell will replace the word with.
fn expanded(word: &Path) -> Vec<PathBuf> {
    let path = with_home(word);
    if path.exists() {
        return vec![path];
    }
    let found = path.to_str().and_then(|pattern| glob::glob(pattern).ok());
    found.into_iter().flatten().filter_map(Result::ok).take(MOST_FILES).collect()
}

fn with_home(word: &Path) -> PathBuf {
    match (word.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => word.to_owned(),
    }
}
