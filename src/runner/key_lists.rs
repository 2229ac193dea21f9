//! Checks the lists of keys of jobs before the run starts.

use crate::error::KeyListError;
use crate::job::Job;
use crate::source::listed;

/// Reads the lists of enabled jobs from the first line to the last.
///
/// # Errors
///
/// The first problem of each list, in the order of the jobs.
pub fn check_key_lists(jobs: &[Job]) -> Result<(), Vec<KeyListError>> {
    let mut errors = Vec::new();
    for job in jobs.iter().filter(|job| job.enabled) {
        let Some(list) = &job.keys_from else { continue };
        let checked = listed::check(list, &job.name, job.source.databases());
        // A problem of a file that several jobs read is reported once.
        errors.extend(checked.err().filter(|error| !errors.contains(error)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
