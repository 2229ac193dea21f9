//! The part of the summary that only a dry run has: the keys that it would write, by type.

use super::columns::{Column, fitted};
use super::table;
use crate::event::RunSummary;
use crate::outcome::{Sizes, TypeTally};
use crate::report::numbers;
use crate::sanitize;

/// The keys that each job would write, by type; empty if no key would be written.
pub(super) fn by_type(summary: &RunSummary, width: usize) -> String {
    let of_job =
        summary.jobs.iter().flat_map(|job| job.by_type.iter().map(|(name, tally)| (&job.job.name, name, tally)));
    let lines: Vec<(&String, &String, &TypeTally)> = of_job.collect();
    if lines.is_empty() {
        return String::new();
    }
    let tallies = || lines.iter().map(|(_, _, tally)| *tally);
    let sizes = || tallies().map(|tally| Sizes { payload: tally.bytes, memory: tally.memory_bytes });
    let columns = vec![
        Column::names("type", lines.iter().map(|(_, name, _)| sanitize::one_line(name).replace(' ', "_"))),
        Column::numbers("keys", tallies().map(|tally| numbers::count(tally.keys))),
        Column::numbers("expiring", tallies().map(|tally| numbers::count(tally.expiring))),
        Column::numbers("bytes", sizes().map(table::payload)),
        Column::numbers("memory", sizes().map(table::memory)),
    ];
    let table = fitted(Column::names("job", lines.iter().map(|(job, _, _)| (*job).clone())), &columns, width);
    format!("\nwould be written, by type (memory is estimated):\n{table}")
}
