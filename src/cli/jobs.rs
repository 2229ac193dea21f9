//! Loads the jobs, for every command that needs them.

use super::Exit;
use super::args::JobArguments;
use crate::config::{Configuration, Request, Secrets, load};

/// Loads the jobs. Logs faults and warnings.
pub fn configuration(options: &JobArguments, secrets: Secrets) -> Result<Configuration, Exit> {
    match load(&request(options, secrets)) {
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

/// What to load.
pub fn request(options: &JobArguments, secrets: Secrets) -> Request {
    Request {
        files: options.files.clone(),
        only_jobs: options.jobs.clone(),
        skip_jobs: options.skip.clone(),
        tags: options.tags.clone(),
        skip_tags: options.skip_tags.clone(),
        sets: options.sets.clone(),
        environment: std::env::vars_os().collect(),
        script_variables: options.script_variables,
        secrets,
    }
}

/// Logs the variables that are ignored.
pub fn log_ignored(configuration: &Configuration) {
    if !configuration.service_links.is_empty() {
        let names = configuration.service_links.join(", ");
        tracing::info!("ignored, because Kubernetes sets them for a service: {names}");
    }
}
