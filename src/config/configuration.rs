//! The result of a load.

use std::fmt;
use std::path::PathBuf;

use super::fault::Fault;
use super::origin::Origin;
use crate::job::{Job, Suspicion};

/// Checked jobs, and warnings about them.
#[derive(Debug)]
pub struct Configuration {
    /// The project file, if there is one.
    pub project: Option<PathBuf>,
    /// The job files that were read, in order.
    pub files: Vec<PathBuf>,
    /// The names of all jobs of the files, chosen or not.
    pub names: Vec<String>,
    /// The chosen jobs, in the order of the files.
    pub jobs: Vec<ConfiguredJob>,
    /// What is unusual, but not wrong.
    pub warnings: Vec<Warning>,
    /// Variables that are ignored, because Kubernetes sets them for a service.
    pub service_links: Vec<String>,
}

/// A checked job, and where each of its values comes from.
#[derive(Debug)]
pub struct ConfiguredJob {
    /// The job itself.
    pub job: Job,
    /// Where it is defined; `default` for the job without a file.
    pub origin: Origin,
    /// Every key that has a value, in the order of the table of keys.
    pub values: Vec<ConfiguredValue>,
    /// The files that its passwords, certificates and keys come from.
    pub secret_files: Vec<PathBuf>,
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredValue {
    /// Its path, such as `source.host`.
    pub key: &'static str,
    /// In TOML; `***` for a secret.
    pub shown: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The table of the file that it comes from, such as `[defaults]`; empty if it comes from no file.
    pub table: String,
}

/// A value from a variable or an option, and the jobs in which it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The value and the variable or option that gives it.
    pub value: ConfiguredValue,
    /// The names of the jobs in which no stronger layer has another value.
    pub jobs: Vec<String>,
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfiguredValue { key, shown, origin, .. } = &self.value;
        write!(f, "`{key}` is {shown}, set by {origin} (in {})", self.jobs.join(", "))
    }
}

/// Something unusual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The script's variables are set, but are ignored because there are files.
    ScriptVariablesIgnored(Vec<&'static str>),
    /// Keys that are given, and change nothing.
    NoEffect {
        /// In which job.
        job: String,
        /// Which.
        keys: Vec<&'static str>,
        /// Why they change nothing.
        why: String,
    },
    /// A pattern that is valid, but looks like a mistake.
    Pattern {
        /// In which job.
        job: String,
        /// `match` or `exclude`.
        key: &'static str,
        /// What is wrong with it, probably.
        suspicion: Suspicion,
    },
    /// A file with a password, a certificate or a key that cannot be read, if that is no fault.
    PasswordFile(Fault),
    /// TLS without a verified server.
    Unverified {
        /// The key that says so.
        key: &'static str,
    },
    /// A file with a password or a key that other users of the machine can read.
    OpenPasswordFile {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The permissions.
        mode: u32,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScriptVariablesIgnored(names) => write!(
                f,
                "ignored, because there are job files: {}\n  hint: with `--script-variables` they override the files",
                names.join(", ")
            ),
            Self::NoEffect { job, keys, why } => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                write!(f, "job `{job}`: no effect, because {why}: {}", keys.join(", "))
            }
            Self::Pattern { job, key, suspicion } => write!(f, "job `{job}`: `{key}`: {suspicion}"),
            Self::PasswordFile(fault) => fault.fmt(f),
            Self::Unverified { key } => write!(
                f,
                "`{key}` is false: any server is accepted, so that others can read and change the data on their way"
            ),
            Self::OpenPasswordFile { key, path, mode } => write!(
                f,
                "`{key}`: other users can read `{}` (mode {mode:04o})\n  hint: `chmod 600` removes their permission",
                path.display()
            ),
        }
    }
}

impl Configuration {
    /// Every effective value from a variable or an option. Secrets are `***`.
    #[must_use]
    pub fn overrides(&self) -> Vec<Override> {
        let mut all: Vec<Override> = Vec::new();
        for job in &self.jobs {
            for value in job.values.iter().filter(|value| value.origin.is_override()) {
                match all.iter_mut().find(|known| known.value == *value) {
                    Some(known) => known.jobs.push(job.job.name.clone()),
                    None => all.push(Override { value: value.clone(), jobs: vec![job.job.name.clone()] }),
                }
            }
        }
        all
    }

    /// The files that passwords, certificates and keys come from. A file that several jobs use is returned several times.
    pub fn secret_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.jobs.iter().flat_map(|job| &job.secret_files)
    }

    /// The files in order, each with the number of its chosen jobs.
    pub fn jobs_by_file(&self) -> impl Iterator<Item = (&PathBuf, usize)> {
        let is_in = |origin: &Origin, file: &PathBuf| matches!(origin, Origin::File { path, .. } if **path == **file);
        self.files.iter().map(move |file| (file, self.jobs.iter().filter(|job| is_in(&job.origin, file)).count()))
    }

    /// The checked jobs alone.
    #[must_use]
    pub fn into_jobs(self) -> Vec<Job> {
        self.jobs.into_iter().map(|job| job.job).collect()
    }
}
