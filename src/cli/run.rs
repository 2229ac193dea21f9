//! `run`: runs the jobs of the files, in order.

use std::path::PathBuf;

use super::args::RunArguments;
use super::execute::{Plan, execute};
use super::{Exit, jobs};
use crate::config::{Configuration, Secrets};
use crate::event::Warning;
use crate::outputs::{Input, ReportFormat};
use crate::report::Screen;
use crate::runner::Options;

/// Loads the jobs and runs them.
pub fn run(arguments: &RunArguments, screen: &Screen) -> Exit {
    let configuration = match jobs::configuration(&arguments.jobs, Secrets::Read) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    for value in configuration.overrides() {
        tracing::info!(text = %format_args!("override: {value}"), %value, "override");
    }
    let plan = Plan {
        inputs: inputs(&configuration),
        warnings: warnings(&configuration),
        jobs: configuration.into_jobs(),
        options: Options { dry_run: arguments.dry_run, keep_going: arguments.keep_going },
        reports: reports([&arguments.report, &arguments.report_markdown, &arguments.report_junit]),
        step_summary: step_summary(arguments),
        progress: arguments.progress,
    };
    execute(plan, screen)
}

/// The reports that are asked for: as JSON, Markdown and JUnit XML.
pub(super) fn reports(paths: [&Option<PathBuf>; 3]) -> Vec<(ReportFormat, PathBuf)> {
    let formats = [ReportFormat::Json, ReportFormat::Markdown, ReportFormat::Junit];
    formats.into_iter().zip(paths).filter_map(|(format, path)| Some((format, path.clone()?))).collect()
}

/// The file of GitHub Actions that the summary is appended to.
fn step_summary(arguments: &RunArguments) -> Option<PathBuf> {
    let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())?;
    arguments.report_markdown.is_none().then(|| path.into())
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
    job_files.chain(password_files).chain(backups).collect()
}
