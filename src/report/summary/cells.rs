//! Cells that several tables have.

use std::time::Duration;

use crate::event::{JobSummary, Status};
use crate::report::{StatusWord, numbers};

/// Stands before what failed, so that it is found without colours.
pub(in crate::report) const MARK: char = '!';

/// How the job ended.
pub(super) fn status(job: &JobSummary) -> String {
    let word = StatusWord::from(&job.status);
    match job.status {
        // Another job failed.
        Status::Done | Status::NotRun(_) => word.to_string(),
        Status::TooFew(_) | Status::Stopped(_) | Status::Refused(_) => format!("{MARK}{word}"),
    }
}

/// A count that is marked unless it is zero.
pub(super) fn marked(keys: u64) -> String {
    if keys == 0 { "0".to_owned() } else { format!("{MARK}{}", numbers::count(keys)) }
}

/// Keys per second; `-` if no time has passed.
pub(super) fn rate(keys: u64, duration: Duration) -> String {
    numbers::per_second(keys, duration).map_or_else(|| "-".to_owned(), numbers::count)
}
