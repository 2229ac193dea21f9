//! What to load.

use std::ffi::OsString;
use std::path::PathBuf;

use super::command_line::CommandLineJob;
use super::file::Texts;

/// What to load, and from where. Has no `Debug`, because it holds secrets.
#[derive(Default)]
pub struct Request {
    /// The job files, in order. Without any, the one job `default` is made of variables and `--set`.
    pub files: Vec<PathBuf>,
    /// The only job, in place of job files.
    pub job: Option<CommandLineJob>,
    /// The project file.
    pub project: Option<PathBuf>,
    /// The selected profile. Without one, the variable `RKM_PROFILE` selects one.
    pub profile: Option<String>,
    /// The names of the chosen jobs; empty for all. Their order is that of the files.
    pub only_jobs: Vec<String>,
    /// The names of jobs that are left out. All names are globs.
    pub skip_jobs: Vec<String>,
    /// A chosen job has one of these tags; empty for all.
    pub tags: Vec<String>,
    /// Jobs with one of these tags are left out.
    pub skip_tags: Vec<String>,
    /// `KEY=VALUE` or `job.NAME.KEY=VALUE`; if a key is given twice, the later value counts.
    pub sets: Vec<String>,
    /// The environment variables. `config` does not read those of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether the script's variables count beside files. Without files they always do.
    pub script_variables: bool,
    /// What happens if a password file cannot be read.
    pub secrets: Secrets,
    /// The files that were read for this request.
    pub texts: Texts,
}

impl Request {
    /// The selected profile, by the option or the variable.
    #[must_use]
    pub fn selected_profile(&self) -> Option<String> {
        let by_variable = || {
            let (_, value) = self.environment.iter().find(|(name, _)| name == PROFILE_VARIABLE)?;
            value.to_str().map(str::to_owned)
        };
        self.profile.clone().or_else(by_variable)
    }
}

/// Selects a profile.
pub(super) const PROFILE_VARIABLE: &str = "RKM_PROFILE";

/// What happens if a password file cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// It is a fault: the jobs are going to be run.
    #[default]
    Read,
    /// It is a warning: commands that only show or check job files need no secrets.
    Warn,
}
