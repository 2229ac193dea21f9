//! The files that jobs read from, looked at before anything is begun.

use crate::error::{BackupError, BackupProblem, Stop};
use crate::job::{BackupPath, Job};
use crate::runner::Shutdown;
use crate::source::backup::{self, Survey};

/// Looks whether the files of jobs are there and begin as they should. What comes through a pipe is left alone, and can be
/// read by one job only.
///
/// # Errors
///
/// Everything that is wrong, in the order of the jobs.
pub fn inspect_backups(jobs: &[Job]) -> Result<(), Vec<BackupError>> {
    let mut errors = Vec::new();
    let mut read_by: Option<&str> = None;
    for job in jobs {
        let Some(path) = job.source.backup().map(|backup| &backup.rdb) else { continue };
        let inspected = match (path, read_by) {
            (BackupPath::StandardInput, Some(other)) => {
                Err(BackupError::of(path, BackupProblem::ReadTwice(other.to_owned())))
            }
            _ => backup::inspect(path),
        };
        if *path == BackupPath::StandardInput {
            read_by = read_by.or(Some(&job.name));
        }
        // Jobs that share a file share its fault too: it is said once.
        errors.extend(inspected.err().filter(|error| !errors.contains(error)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Reads the files of jobs to their ends: what each holds, or why it cannot be read.
pub async fn survey_backups<'j>(jobs: &'j [Job], shutdown: &Shutdown) -> Vec<(&'j Job, Result<Survey, Stop>)> {
    let mut surveys = Vec::new();
    for job in jobs {
        let Some(backup) = job.source.backup() else { continue };
        let survey = tokio::select! {
            biased;
            signal = shutdown.requested() => Err(Stop::Interrupted(signal)),
            survey = backup::survey(&backup.rdb) => survey.map_err(Stop::from),
        };
        surveys.push((job, survey));
    }
    surveys
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
