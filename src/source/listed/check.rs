//! Reads a list completely before the first key moves.

use std::collections::BTreeMap;

use super::file::ListFile;
use super::line::Listing;
use super::log_line::LoggedKey;
use crate::error::KeyListError;
use crate::job::{Databases, KeyList};

/// Checks the list of a job that reads these databases.
///
/// # Errors
///
/// The file cannot be read, or its first line that cannot be read.
pub fn check(list: &KeyList, job: &str, databases: &Databases) -> Result<(), KeyListError> {
    let (listing, mut file) = (Listing { list, job, databases }, ListFile::open(list, 0)?);
    while let Some(line) = file.next_line()? {
        if let Err(problem) = listing.key(line) {
            return Err(file.line_error(problem));
        }
    }
    Ok(())
}

/// The jobs with failed keys in an error log, each with the number of their lines.
///
/// # Errors
///
/// The file cannot be read, or its first line that is not one of an error log.
pub fn failed_jobs(log: &KeyList) -> Result<BTreeMap<String, u64>, KeyListError> {
    let (mut file, mut jobs) = (ListFile::open(log, 0)?, BTreeMap::new());
    while let Some(line) = file.next_line()? {
        match LoggedKey::read(line) {
            Ok(LoggedKey { job, key: Some(_), .. }) => *jobs.entry(job).or_default() += 1,
            Ok(LoggedKey { key: None, .. }) => {}
            Err(problem) => return Err(file.line_error(problem)),
        }
    }
    Ok(jobs)
}
