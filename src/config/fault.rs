//! The faults of a configuration. They carry data; all their messages are in this file.

use std::fmt;
use std::path::{Path, PathBuf};

use super::elements::JobName;
use super::mask;
use super::origin::Origin;
use crate::error::Side;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, if it has a place.
    pub place: Option<Origin>,
    /// In which job, if in one.
    pub job: Option<String>,
    /// What is wrong.
    pub problem: Problem,
    /// What may help.
    pub hint: Option<String>,
}

impl Fault {
    /// Somewhere, in no job in particular.
    pub(super) fn at(place: Origin, problem: Problem) -> Self {
        Self { place: Some(place), job: None, problem, hint: None }
    }

    /// Nowhere in particular.
    pub(super) fn of_the_run(problem: Problem) -> Self {
        Self { place: None, job: None, problem, hint: None }
    }

    pub(super) fn in_job(mut self, job: Option<&str>) -> Self {
        self.job = job.map(str::to_owned);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Names the keys of a side as those of a named endpoint, which has been read like that side.
    pub(super) fn of_endpoint(mut self, side: Side, name: &str) -> Self {
        let (from, to) = (format!("{side}."), format!("endpoint.{name}."));
        let renamed = |key: &str| key.strip_prefix(&from).map_or_else(|| key.to_owned(), |rest| format!("{to}{rest}"));
        match &mut self.problem {
            Problem::UnknownKey(key) | Problem::Unfit { key, .. } | Problem::Refused { key, .. } => *key = renamed(key),
            Problem::Exclusive { keys, .. } => *keys = keys.iter().map(|key| renamed(key)).collect(),
            _ => {}
        }
        let variables = format!("`RKM_{}__", side.to_string().to_uppercase());
        let of_endpoint = format!("`RKM_ENDPOINT__{}__", JobName(name.to_owned()).in_variables());
        let hint = self.hint.take();
        self.hint(
            hint.map(|hint| hint.replace(&format!("`{from}"), &format!("`{to}")).replace(&variables, &of_endpoint)),
        )
    }
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file that cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// An argument that is no job file. Holds only what may be shown.
    #[error("`{}` is not a job file", .0.escape_debug())]
    NoJobFile(String),
    /// A directory in place of a file.
    #[error("is a directory, but must be a job file")]
    Directory,
    /// A file or a variable in another encoding.
    #[error("is not valid UTF-8")]
    NotUtf8,
    /// Not TOML.
    #[error("{0}")]
    Syntax(String),
    /// A file that is given more than once.
    #[error("is given twice")]
    GivenTwice,
    /// A file without jobs.
    #[error("has no job: there must be at least one `[[job]]`")]
    NoJob,
    /// A key that does not exist.
    #[error("unknown key `{}`", mask::name(.0).escape_debug())]
    UnknownKey(String),
    /// A variable that does not exist.
    #[error("unknown variable")]
    UnknownVariable,
    /// A name that no job has.
    #[error("no job has the name `{}`", mask::name(.0).escape_debug())]
    NoSuchJob(String),
    /// A tag that no job has.
    #[error("no job has the tag `{}`", mask::name(.0).escape_debug())]
    NoSuchTag(String),
    /// A profile that no file has.
    #[error("no profile has the name `{}`", mask::name(.0).escape_debug())]
    NoSuchProfile(String),
    /// An endpoint that no table has.
    #[error("no endpoint has the name `{}`", mask::name(.0).escape_debug())]
    NoSuchEndpoint(String),
    /// A part of a variable's name that no endpoint has.
    #[error("no endpoint has a name that is written `{0}` in variables")]
    NoSuchEndpointInVariables(String),
    /// A project file in place of job files.
    #[error("is the project file, which has no job")]
    OnlyProject,
    /// A selection without a job.
    #[error("no job is selected")]
    NothingSelected,
    /// A part of a variable's name that no job has.
    #[error("no job has a name that is written `{0}` in variables")]
    NoSuchJobInVariables(String),
    /// A key that does not belong there.
    #[error("`{key}` cannot be given {place}")]
    Misplaced {
        /// Which key.
        key: String,
        /// Where not, such as "in `[defaults]`".
        place: &'static str,
    },
    /// A value that does not fit its key.
    #[error("`{key}` is {value}, but must be {expected}")]
    Unfit {
        /// Which key.
        key: String,
        /// As it was written; `***` if it may be secret.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// A value that does not fit its key, with a sentence of its own.
    #[error("`{key}` {reason}")]
    Refused {
        /// Which key.
        key: String,
        /// Why, and what is allowed. Shows nothing that may be secret.
        reason: String,
    },
    /// A key that has to be given.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Keys of one layer that exclude each other.
    #[error("{} cannot be given together: {why}", listed(keys))]
    Exclusive {
        /// Which keys.
        keys: Vec<String>,
        /// Why not.
        why: &'static str,
    },
    /// A name that two jobs have.
    #[error("the name `{name}` is already taken by the job at {other}")]
    NameTaken {
        /// The name.
        name: String,
        /// Where it was seen first.
        other: Origin,
    },
    /// Two names that are one in variables.
    #[error("the names `{name}` and `{other_name}` ({other}) have the same form in variables: `RKM_JOB__{form}__…`")]
    NamesMeet {
        /// The name.
        name: String,
        /// The one that it meets.
        other_name: String,
        /// Where that one is.
        other: Origin,
        /// How both are written in variables.
        form: String,
    },
    /// A `--set` without a value.
    #[error("has no value: write `--set {0}=VALUE`, with a `=` and without spaces around it")]
    NoValue(String),
    /// A password file that cannot be read.
    #[error("`{key}`: cannot read {}: {message}", file_name(path))]
    PasswordFile {
        /// Which key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error message.
        message: String,
    },
    /// A bug of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Hides a password that was given in place of its file.
fn file_name(path: &Path) -> String {
    if mask::is_path(path) {
        path.display().to_string()
    } else {
        "the file, whose name is not shown because it may be a password".to_owned()
    }
}

/// `` `a`, `b` and `c` ``.
fn listed(keys: &[String]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.as_slice() {
        [all_but_last @ .., last] if !all_but_last.is_empty() => format!("{} and {last}", all_but_last.join(", ")),
        few => few.join(""),
    }
}

impl Fault {
    /// Without its hint.
    #[must_use]
    pub fn message(&self) -> String {
        let place = self.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        place + &self.text()
    }

    /// Without its place and its hint.
    #[must_use]
    pub fn text(&self) -> String {
        let job =
            self.job.as_ref().map(|job| format!("job `{}`: ", mask::name(job).escape_debug())).unwrap_or_default();
        format!("{job}{}", self.problem)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

/// All faults, in the order of their places, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn push(&mut self, fault: Fault) {
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// Appends other faults, sorted by place.
    pub(super) fn append_sorted(&mut self, mut other: Self) {
        other.0.sort_by(|a, b| a.place.cmp(&b.place));
        other.0.into_iter().for_each(|fault| self.push(fault));
    }

    /// Adds other faults.
    pub(super) fn append(&mut self, other: &Self) {
        other.iter().for_each(|fault| self.push(fault.clone()));
    }

    /// Removes the faults for which this is true, and returns them.
    pub(super) fn remove(&mut self, is_removed: impl Fn(&Fault) -> bool) -> Self {
        Self(self.0.extract_if(.., |fault| is_removed(fault)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Fault::to_string).collect();
        f.write_str(&all.join("\n"))
    }
}

impl std::error::Error for Faults {}
