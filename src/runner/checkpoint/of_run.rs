//! The checkpoints of a run.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::begun::Checkpoint;
use super::fingerprint::Fingerprint;
use super::problem::{CheckpointError, CheckpointProblem};
use super::record::{Record, State};
use crate::job::Job;
use crate::outputs::CheckpointFile;

/// Whether a run continues an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    #[default]
    No,
    /// Where that is not possible, a job starts from the beginning.
    Yes,
    /// Where that is not possible, the job is refused.
    Strict,
}

/// The checkpoints of a run.
#[derive(Debug)]
pub struct Checkpoints<W> {
    all: Vec<Checkpoint<W>>,
    is_strict: bool,
}

impl<W> Default for Checkpoints<W> {
    fn default() -> Self {
        Self { all: Vec::new(), is_strict: false }
    }
}

impl<W: Serialize + DeserializeOwned> Checkpoints<W> {
    /// Reads the records. With `discard`, they are ignored, but other files are still refused.
    ///
    /// # Errors
    ///
    /// Every record that this run cannot use, or that it must not overwrite.
    pub fn open(
        files: Vec<CheckpointFile>,
        jobs: &[Job],
        resume: Resume,
        discard: bool,
    ) -> Result<Self, Vec<CheckpointError>> {
        let (mut all, mut errors) = (Vec::new(), Vec::new());
        for file in files {
            let (job, path) = (file.job().to_owned(), file.path().to_owned());
            match opened(file, jobs, resume, discard) {
                Ok(checkpoint) => all.push(checkpoint),
                Err(problem) => errors.push(CheckpointError { job, path, problem }),
            }
        }
        if resume == Resume::No && errors.is_empty() && is_unfinished(&all) {
            errors = refused(&all);
        }
        if resume == Resume::No {
            all.iter_mut().for_each(Checkpoint::forget);
        }
        if errors.is_empty() { Ok(Self { all, is_strict: resume == Resume::Strict }) } else { Err(errors) }
    }

    /// The checkpoint of a job, if it has one.
    pub fn of(&mut self, job: &str) -> Option<&mut Checkpoint<W>> {
        self.all.iter_mut().find(|checkpoint| checkpoint.job() == job)
    }

    /// Whether a job that cannot continue is refused.
    pub fn is_strict(&self) -> bool {
        self.is_strict
    }

    pub fn each(&mut self) -> impl Iterator<Item = &mut Checkpoint<W>> {
        self.all.iter_mut()
    }

    /// Every job of the run is done, so no file is needed any more.
    ///
    /// # Errors
    ///
    /// A file cannot be removed.
    pub fn remove(&mut self) -> io::Result<()> {
        self.all.iter_mut().map(Checkpoint::remove).fold(Ok(()), io::Result::and)
    }
}

fn opened<W: Serialize + DeserializeOwned>(
    file: CheckpointFile,
    jobs: &[Job],
    resume: Resume,
    discard: bool,
) -> Result<Checkpoint<W>, CheckpointProblem> {
    let checkpoint = if discard { discarded(file)? } else { Checkpoint::open(file)? };
    let Some(found) = checkpoint.found() else { return Ok(checkpoint) };
    if found.job != checkpoint.job() {
        return Err(CheckpointProblem::OtherJob(found.job.clone()));
    }
    if resume == Resume::Strict {
        let job = jobs.iter().find(|job| job.name == checkpoint.job());
        let now = job.and_then(|job| Fingerprint::of(job).ok());
        let differences = now.map(|now| checkpoint.differences(&now)).unwrap_or_default();
        if !differences.is_empty() {
            return Err(CheckpointProblem::Changed(differences));
        }
    }
    Ok(checkpoint)
}

/// A file that is no checkpoint is not discarded.
fn discarded<W: Serialize + DeserializeOwned>(file: CheckpointFile) -> Result<Checkpoint<W>, CheckpointProblem> {
    let bytes = file.read().map_err(|error| CheckpointProblem::Unread(error.to_string()))?;
    match bytes.map(|bytes| Record::<W>::parse(&bytes)) {
        Some(Err(CheckpointProblem::Foreign)) => Err(CheckpointProblem::Foreign),
        _ => Ok(Checkpoint::empty(file)),
    }
}

/// Whether the records are those of a run that has not finished. If all jobs were finished, only the removal of the files is
/// missing.
fn is_unfinished<W: Serialize + DeserializeOwned>(all: &[Checkpoint<W>]) -> bool {
    let is_finished = |checkpoint: &Checkpoint<W>| checkpoint.found().map(|found| found.state == State::Finished);
    all.iter().any(|checkpoint| checkpoint.found().is_some()) && !all.iter().all(|it| is_finished(it) == Some(true))
}

/// The unfinished jobs; the finished ones if the others have not begun.
fn refused<W: Serialize + DeserializeOwned>(all: &[Checkpoint<W>]) -> Vec<CheckpointError> {
    let refusal = |checkpoint: &Checkpoint<W>| {
        let found = checkpoint.found()?;
        let written_at = humantime::format_rfc3339_seconds(found.written_at).to_string();
        let problem = CheckpointProblem::Unfinished { written_at, keys: found.keys };
        Some((found.state, CheckpointError { job: found.job.clone(), path: checkpoint.path().clone(), problem }))
    };
    let (finished, unfinished): (Vec<_>, Vec<_>) =
        all.iter().filter_map(refusal).partition(|(state, _)| *state == State::Finished);
    let named = if unfinished.is_empty() { finished } else { unfinished };
    named.into_iter().map(|(_, error)| error).collect()
}
