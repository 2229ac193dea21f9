//! Reads a list completely before the first key moves.

use super::file::ListFile;
use super::line::Listing;
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
