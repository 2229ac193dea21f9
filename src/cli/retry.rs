//! `retry`: runs the failed keys of an earlier run again.

use std::collections::BTreeMap;

use super::args::RetryArguments;
use super::execute::wrong_files;
use super::run::Work;
use super::{Exit, jobs, run};
use crate::config::{Configuration, Secrets};
use crate::job::{Job, KeyList, ListLines};
use crate::report::Screen;
use crate::source::listed::failed_jobs;

/// Loads the jobs, and runs those with failed keys in the log, each with only these keys.
pub fn retry(arguments: &RetryArguments, screen: &Screen) -> Exit {
    let configuration = match jobs::configuration(&arguments.run.jobs, Secrets::Read) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    let log = KeyList { path: arguments.log.clone(), lines: ListLines::ErrorLog };
    let failed = match failed_jobs(&log) {
        Ok(failed) => failed,
        Err(error) => return wrong_files(&[error]),
    };
    let mut errors = unknown(&configuration, &log, &failed);
    let configuration = with_failed_keys(configuration, &log, &failed);
    errors.extend(configuration.jobs.iter().filter_map(|job| without_single_keys(&job.job)));
    if !errors.is_empty() {
        return wrong_files(&errors);
    }
    let counts = configuration.jobs.iter().filter_map(|job| failed.get(&job.job.name));
    let (jobs, lines) = (counts.clone().count(), counts.sum::<u64>());
    if jobs == 0 {
        tracing::info!("{log} names no failed key of these jobs: nothing is run");
        return Exit::Success;
    }
    let (keys, of_jobs) = (counted(lines, "failed key"), counted(jobs as u64, "job"));
    tracing::info!(jobs, lines, "{log}: {keys} of {of_jobs} will be run again");
    jobs::log_overrides(&configuration);
    run::start(configuration, (&arguments.run.how, Work::of(arguments.run.dry_run)), arguments.run.keep_going, screen)
}

/// The errors of jobs in the log that no file has.
fn unknown(configuration: &Configuration, log: &KeyList, failed: &BTreeMap<String, u64>) -> Vec<String> {
    let unknown = failed.keys().filter(|name| !configuration.names.contains(name));
    let error = |name: &String| {
        let name = name.escape_debug();
        format!("{log} has failed keys of job `{name}`, but no job has this name\n  hint: give the job's file, too")
    };
    unknown.map(error).collect()
}

/// Keeps the jobs with failed keys. Only these keys are moved, however few they are. The checkpoint is that of a run of all
/// keys, which may have to be continued.
fn with_failed_keys(mut configuration: Configuration, log: &KeyList, failed: &BTreeMap<String, u64>) -> Configuration {
    configuration.jobs.retain(|job| failed.contains_key(&job.job.name));
    for job in &mut configuration.jobs {
        job.job.keys_from = Some(log.clone());
        job.job.checkpoint = None;
        job.job.min_keys = None;
        job.job.functions = false;
    }
    configuration
}

/// The error of a job whose source cannot be asked for its failed keys.
fn without_single_keys(job: &Job) -> Option<String> {
    let backup = job.source.backup().filter(|_| job.enabled)?;
    Some(format!(
        "job `{}` cannot be retried: its source, the backup `{backup}`, cannot be asked for single keys\n  \
         hint: run it again, or leave it out with `--skip {0}`",
        job.name
    ))
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
