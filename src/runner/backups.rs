//! Checks the backups of jobs before the run starts.

use std::collections::{BTreeSet, HashMap};

use super::contacts::Contacts;
use super::opened::OpenDestination;
use super::target_databases::open_target;
use crate::error::{BackupError, BackupProblem, Stop};
use crate::event::Warning;
use crate::job::{BackupPath, Job};
use crate::runner::Shutdown;
use crate::source::backup::{self, Survey};

/// The contents of a backup that one or more jobs read.
#[derive(Debug)]
pub struct Surveyed<'j> {
    pub jobs: Vec<&'j Job>,
    pub survey: Result<Survey, Stop>,
}

/// Checks that the backups of jobs can be opened and begin as RDB files do. Pipes are not read, and only one job may
/// read a pipe.
///
/// # Errors
///
/// Every problem, in the order of the jobs.
pub fn inspect_backups(jobs: &[Job]) -> Result<(), Vec<BackupError>> {
    let mut errors = Vec::new();
    let mut read_by = HashMap::new();
    for (job, path) in files(jobs) {
        let other = backup::read_once(path).and_then(|pipe| read_by.insert(pipe, &job.name));
        let inspected = match other {
            Some(other) => Err(BackupError::of(path, BackupProblem::ReadTwice(other.clone()))),
            None => backup::inspect(path),
        };
        // A problem of a file that several jobs read is reported once.
        errors.extend(inspected.err().filter(|error| !errors.contains(error)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Reads the backups of jobs from the first byte to the last, each once.
pub async fn survey_backups<'j>(jobs: &'j [Job], shutdown: &Shutdown) -> Vec<Surveyed<'j>> {
    let (mut surveys, mut paths) = (Vec::<Surveyed<'_>>::new(), Vec::new());
    for (job, path) in files(jobs) {
        if let Some(known) = paths.iter().position(|known| *known == path) {
            surveys[known].jobs.push(job);
            continue;
        }
        paths.push(path);
        let survey = tokio::select! {
            biased;
            stop = shutdown.requested() => Err(stop),
            survey = backup::survey(path) => survey.map_err(Stop::from),
        };
        surveys.push(Surveyed { jobs: vec![job], survey });
    }
    surveys
}

/// Checks that the destination of a job has the databases that its backup contains. If the job selects keys, it may not
/// need all of them: then a missing database is a warning.
pub async fn find_databases(job: &Job, survey: &Survey) -> Result<Vec<Warning>, Stop> {
    let is_read = |db: &u64| job.has_several_databases() && job.source.databases().contains(*db);
    let databases: BTreeSet<u64> = survey.keys.keys().map(|(db, _)| *db).filter(is_read).collect();
    if databases.is_empty() {
        return Ok(Vec::new());
    }
    let contacts = Contacts::of(job);
    let name = survey.facts.name.clone();
    let controls = contacts.open_controls().await?;
    let destination = contacts.open_destination(controls.destination).await?;
    let found = find_in(job, (name, databases), destination).await;
    contacts.closed().await;
    found
}

async fn find_in(
    job: &Job,
    (name, databases): (String, BTreeSet<u64>),
    destination: OpenDestination,
) -> Result<Vec<Warning>, Stop> {
    let mut warnings = Vec::new();
    for db in databases {
        match u16::try_from(db) {
            Ok(db) => match open_target(job, &destination, db).await {
                Err(error) if !job.selection.matches_all() => {
                    let message = format!("if keys of database {db} match, the job will stop there: {error}");
                    warnings.push(Warning { job: Some(job.name.clone()), message });
                }
                opened => opened?,
            },
            Err(_) => return Err(BackupError { name, problem: BackupProblem::NoSuchDatabase(db) }.into()),
        }
    }
    Ok(warnings)
}

/// The files of jobs, in order.
fn files(jobs: &[Job]) -> impl Iterator<Item = (&Job, &BackupPath)> {
    let backups = jobs.iter().filter(|job| job.enabled).filter_map(|job| Some((job, job.source.backup()?)));
    backups.flat_map(|(job, backup)| backup.files.iter().map(move |file| (job, file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load};

    #[test]
    fn only_one_job_may_read_standard_input() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jobs.toml");
        let jobs = "[[job]]\nname = \"a\"\n[[job]]\nname = \"b\"\n[[job]]\nname = \"c\"\nsource.rdb = \"none.rdb\"\n";
        std::fs::write(&file, format!("[defaults]\nsource.rdb = \"-\"\ndestination.host = \"x\"\n{jobs}")).unwrap();
        let jobs = load(&Request { files: vec![file], ..Request::default() }).unwrap().into_jobs();
        let messages: Vec<String> = inspect_backups(&jobs)
            .unwrap_err()
            .iter()
            .map(BackupError::to_string)
            .skip_while(|it| it.contains("terminal"))
            .collect();
        assert_eq!(
            messages,
            [
                "the backup `standard input` is read by job `a`, and can be read only once",
                "the backup `none.rdb` cannot be opened: No such file or directory (os error 2)",
            ]
        );
    }
}
