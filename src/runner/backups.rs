//! The files that jobs read from, looked at before anything is begun.

use std::collections::{BTreeSet, HashMap};

use super::preflight::open_destination;
use crate::destination::Destination;
use crate::error::{BackupError, BackupProblem, Stop};
use crate::event::Warning;
use crate::job::{BackupPath, Databases, Job};
use crate::runner::Shutdown;
use crate::source::backup::{self, Survey};

/// What a file holds that one or more jobs read.
#[derive(Debug)]
pub struct Surveyed<'j> {
    /// The jobs.
    pub jobs: Vec<&'j Job>,
    /// What it holds, or why it cannot be read.
    pub survey: Result<Survey, Stop>,
}

/// Looks whether the files of jobs are there and begin as they should. What comes through a pipe is left alone, and can be
/// read by one job only.
///
/// # Errors
///
/// Everything that is wrong, in the order of the jobs.
pub fn inspect_backups(jobs: &[Job]) -> Result<(), Vec<BackupError>> {
    let mut errors = Vec::new();
    let mut read_by = HashMap::new();
    for (job, path) in jobs.iter().filter_map(|job| Some((job, path(job)?))) {
        let other = backup::read_once(path).and_then(|pipe| read_by.insert(pipe, &job.name));
        let inspected = match other {
            Some(other) => Err(BackupError::of(path, BackupProblem::ReadTwice(other.clone()))),
            None => backup::inspect(path),
        };
        // Jobs that share a file share its fault too: it is said once.
        errors.extend(inspected.err().filter(|error| !errors.contains(error)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Reads the files of jobs to their ends, each once, and looks whether destinations have the databases that are found there.
pub async fn survey_backups<'j>(jobs: &'j [Job], shutdown: &Shutdown) -> Vec<Surveyed<'j>> {
    let mut surveys: Vec<Surveyed<'_>> = Vec::new();
    for (job, path) in jobs.iter().filter_map(|job| Some((job, path(job)?))) {
        if let Some(known) = surveys.iter_mut().find(|known| self::path(known.jobs[0]) == Some(path)) {
            known.jobs.push(job);
            continue;
        }
        let survey = tokio::select! {
            biased;
            signal = shutdown.requested() => Err(Stop::Interrupted(signal)),
            survey = backup::survey(path) => survey.map_err(Stop::from),
        };
        surveys.push(Surveyed { jobs: vec![job], survey });
    }
    surveys
}

/// Looks whether the destination of a job has the databases that its file holds. A job that is for some keys only may not
/// need all of them: each that is missing is a warning, which is returned.
///
/// # Errors
///
/// It has one not, or cannot be reached.
pub async fn find_databases(job: &Job, survey: &Survey) -> Result<Vec<Warning>, Stop> {
    let mut warnings = Vec::new();
    let all = job.source.backup().is_some_and(|backup| backup.db == Databases::All);
    let databases: BTreeSet<u64> = survey.keys.keys().map(|(db, _)| *db).filter(|_| all).collect();
    if databases.is_empty() {
        return Ok(warnings);
    }
    let destination = open_destination(job).await?;
    for db in databases {
        match (u16::try_from(db), path(job)) {
            (Ok(db), _) => match destination.open_database(db).await {
                Err(error) if !job.selection.takes_all() => {
                    let message = format!("if it is for keys of database {db}, it will end there: {error}");
                    warnings.push(Warning { job: Some(job.name.clone()), message });
                }
                opened => opened?,
            },
            (Err(_), Some(path)) => return Err(BackupError::of(path, BackupProblem::NoSuchDatabase(db)).into()),
            (Err(_), None) => {}
        }
    }
    Ok(warnings)
}

fn path(job: &Job) -> Option<&BackupPath> {
    job.source.backup().map(|backup| &backup.rdb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load};

    #[test]
    fn standard_input_is_for_one_job() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobs.toml");
        let jobs = "[[job]]\nname = \"a\"\n[[job]]\nname = \"b\"\n[[job]]\nname = \"c\"\nsource.rdb = \"none.rdb\"\n";
        std::fs::write(&file, format!("[defaults]\nsource.rdb = \"-\"\ndestination.host = \"x\"\n{jobs}")).unwrap();
        let jobs = load(&Request { files: vec![file], ..Request::default() }).unwrap().into_jobs();
        let said: Vec<String> = inspect_backups(&jobs)
            .unwrap_err()
            .iter()
            .map(BackupError::to_string)
            .skip_while(|it| it.contains("terminal"))
            .collect();
        assert_eq!(
            said,
            [
                "the backup `standard input` is read by job `a`, and can be read only once",
                "the backup `none.rdb` cannot be opened: No such file or directory (os error 2)",
            ]
        );
    }
}
