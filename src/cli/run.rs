//! `run`: runs the jobs of the files, in order.

use super::args::RunArguments;
use super::execute::{Plan, execute, wrong_files};
use super::resume_command::resume_command;
use super::shared_args::RunOptions;
use super::{Exit, jobs, output_dir};
use crate::config::{Configuration, Secrets};
use crate::event::Warning;
use crate::job::{Job, LogMode, VerifyMode};
use crate::outputs::Input;
use crate::report::Screen;
use crate::runner::{Options, Resume, VerifyOptions};

/// Loads the jobs and runs them.
pub fn run(arguments: &RunArguments, screen: &Screen) -> Exit {
    let configuration = match jobs::configuration(&arguments.jobs, Secrets::Read) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    jobs::log_overrides(&configuration);
    start(configuration, (&arguments.how, Work::of(arguments.dry_run)), arguments.keep_going, screen)
}

/// What is done with the jobs.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Work {
    Run,
    DryRun,
    Verify(VerifyOptions),
}

impl Work {
    pub(super) fn of(is_dry_run: bool) -> Self {
        if is_dry_run { Self::DryRun } else { Self::Run }
    }
}

/// Runs the jobs of a configuration.
pub(super) fn start(
    configuration: Configuration,
    (how, work): (&RunOptions, Work),
    keep_going: bool,
    screen: &Screen,
) -> Exit {
    let mut reports = how.reports.files();
    let (inputs, warnings) = (inputs(&configuration), warnings(&configuration));
    let mut jobs = configuration.into_jobs();
    if how.resume.is_some() {
        add_to_differences(&mut jobs);
    }
    if let Some(folder) = &how.reports.output_dir {
        if let Err(error) = output_dir::create(folder) {
            return wrong_files(&[error]);
        }
        output_dir::move_into(folder, &mut jobs, &mut reports);
    }
    let options = options(how, work, keep_going);
    if let Some(error) = without_checkpoint(&jobs, options) {
        return wrong_files(&[error]);
    }
    if options.verify.is_some() {
        jobs.iter_mut().for_each(prepare_to_verify);
    }
    let plan = Plan {
        jobs,
        inputs,
        warnings,
        options,
        deny_warnings: how.deny_warnings,
        reports,
        step_summary: how.reports.step_summary(),
        resume_command: resume_command(std::env::args_os()),
        progress: how.progress,
    };
    execute(plan, screen)
}

/// A job that is not to be verified after a run is verified completely. A verification keeps its progress beside that of the
/// run. A file is read from its beginning each time, because the names of all its keys are needed.
fn prepare_to_verify(job: &mut Job) {
    if job.verify.mode == VerifyMode::Off {
        job.verify.mode = VerifyMode::Full;
    }
    let path = job.checkpoint.take().filter(|_| job.source.backup().is_none());
    job.checkpoint = path.map(|mut path| {
        path.as_mut_os_string().push(".verify");
        path
    });
}

fn options(how: &RunOptions, work: Work, keep_going: bool) -> Options {
    Options {
        dry_run: work == Work::DryRun,
        verify: if let Work::Verify(verify) = work { Some(verify) } else { None },
        keep_going,
        resume: how.resume.map_or(Resume::No, Resume::from),
        discard_checkpoint: how.discard_checkpoint,
        max_duration: how.max_duration,
    }
}

/// The differences that the earlier run found are still in the files when this one ends.
fn add_to_differences(jobs: &mut [Job]) {
    for job in jobs {
        job.verify.log_mode = LogMode::Append;
    }
}

/// The error if there is nothing that options for checkpoints could change.
fn without_checkpoint(jobs: &[Job], options: Options) -> Option<String> {
    let option = match options.resume {
        Resume::Yes | Resume::Strict => "--resume",
        Resume::No if options.discard_checkpoint => "--discard-checkpoint",
        Resume::No => return None,
    };
    let has_none = jobs.iter().all(|job| job.checkpoint.is_none());
    has_none.then(|| {
        format!(
            "`{option}` has no effect, because no job has a checkpoint\n  hint: name the file in which progress is kept, such as \
             `checkpoint = \"{{job}}.checkpoint\"`"
        )
    })
}

/// The warnings about the configuration. They were logged when the files were loaded.
fn warnings(configuration: &Configuration) -> Vec<Warning> {
    configuration.warnings.iter().map(|warning| Warning { job: None, message: warning.to_string() }).collect()
}

/// Every file that has been read for the jobs, or will be read.
pub(super) fn inputs(configuration: &Configuration) -> Vec<Input> {
    let job_files = configuration.files.iter().chain(&configuration.project).cloned().map(Input::JobFile);
    let password_files = configuration.secret_files().cloned().map(Input::PasswordFile);
    let backups = configuration.jobs.iter().filter_map(|job| job.job.source.backup());
    let backups = backups.flat_map(|backup| backup.files.iter().cloned().map(Input::Backup));
    let lists = configuration.jobs.iter().filter_map(|job| job.job.keys_from.clone()).map(Input::KeyList);
    job_files.chain(password_files).chain(backups).chain(lists).collect()
}
