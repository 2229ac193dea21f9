//! Loads the jobs, for every command that needs them.

use std::path::PathBuf;

use super::Exit;
use super::shared_args::JobArguments;
use crate::config::{Configuration, Request, Secrets, find_project_file, load, masked_argument};

/// Loads the jobs. Logs faults and warnings.
pub fn configuration(options: &JobArguments, secrets: Secrets) -> Result<Configuration, Exit> {
    loaded(&request(options, secrets))
}

/// What the arguments and the environment request.
pub fn request(options: &JobArguments, secrets: Secrets) -> Request {
    Request {
        files: options.files.clone(),
        project: options.config.clone().or_else(found),
        profile: options.profile.clone(),
        only_jobs: options.jobs.clone(),
        skip_jobs: options.skip.clone(),
        tags: options.tags.clone(),
        skip_tags: options.skip_tags.clone(),
        sets: options.sets.clone(),
        environment: std::env::vars_os().collect(),
        script_variables: options.script_variables,
        secrets,
        ..Request::default()
    }
}

/// Loads what is requested. Logs faults and warnings.
pub fn loaded(request: &Request) -> Result<Configuration, Exit> {
    log_project(request);
    match load(request) {
        Ok(configuration) => {
            configuration.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
            log_ignored(&configuration);
            Ok(configuration)
        }
        Err(faults) => {
            faults.iter().for_each(|fault| tracing::error!("{fault}"));
            Err(Exit::Usage)
        }
    }
}

/// Logs every value from a variable or an option.
pub fn log_overrides(configuration: &Configuration) {
    for value in configuration.overrides() {
        tracing::info!(text = %format_args!("override: {value}"), %value, "override");
    }
}

/// Logs the variables that are ignored.
pub fn log_ignored(configuration: &Configuration) {
    if !configuration.service_links.is_empty() {
        let names = configuration.service_links.join(", ");
        tracing::info!("ignored, because Kubernetes sets them for a service: {names}");
    }
}

/// The project file of the current directory.
pub fn found() -> Option<PathBuf> {
    find_project_file(&std::env::current_dir().ok()?)
}

/// Logs which project file and profile are used, if there are any. This is the first line also if they have faults.
pub fn log_project(request: &Request) {
    let project = request.project.as_ref().map(|path| format!("project file `{}`", path.display()));
    let profile = request.selected_profile().map(|name| format!("profile `{}`", masked_argument(&name)));
    let both: Vec<String> = project.into_iter().chain(profile).collect();
    if !both.is_empty() {
        tracing::info!("{}", both.join(", "));
    }
}
