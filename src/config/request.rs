//! What is asked of a load.

use std::ffi::OsString;
use std::path::PathBuf;

/// What to load, and what from. Holds secrets, and so cannot be shown.
#[derive(Default)]
pub struct Request {
    /// The job files, in order. Without any, the one job `default` is made of variables and `--set`.
    pub files: Vec<PathBuf>,
    /// The names of the jobs that are meant; empty means all. Their order is that of the files.
    pub only_jobs: Vec<String>,
    /// `KEY=VALUE` or `job.NAME.KEY=VALUE`; of two for the same key the later one counts.
    pub sets: Vec<String>,
    /// The environment. Handed in, so that nothing here depends on that of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether the script's variables count beside files. Without files they always do.
    pub script_variables: bool,
    /// What becomes of password files.
    pub secrets: Secrets,
}

/// What becomes of password files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// One that cannot be read is a fault: the jobs are going to be run.
    #[default]
    Read,
    /// One that cannot be read is a warning: where job files are only looked at, secrets need not be there.
    Warn,
}
