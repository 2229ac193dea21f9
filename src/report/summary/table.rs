//! The table of a run: one line for each job.

use std::time::Duration;

use super::columns::{Column, fitted_but_last};
use super::{cells, verify_table};
use crate::event::{JobSummary, RunSummary};
use crate::outcome::{Sizes, Tally};
use crate::report::numbers;

/// The table as text. The rate is left out if there is no room for it.
pub(super) fn jobs(summary: &RunSummary, width: usize) -> String {
    let (names, columns) = columns(summary);
    fitted_but_last(names, &columns, width)
}

/// One line for each job and, if there are several, the totals. Columns that are zero in every job are left out. The first
/// column has the names. A run that only verifies has other columns.
pub(in crate::report) fn columns(summary: &RunSummary) -> (Column, Vec<Column>) {
    if summary.verify {
        return verify_table::columns(summary);
    }
    let mut lines: Vec<Line> = summary.jobs.iter().map(Line::of).collect();
    if lines.len() > 1 {
        lines.push(total(summary));
    }
    let names = Column::names("job", lines.iter().map(|line| line.name.clone()));
    let mut columns = vec![Column::names("status", lines.iter().map(|line| line.status.clone()))];
    let sometimes = numbers(&lines, summary.dry_run).into_iter().filter(|column| !column.is_zero());
    columns.push(counts("matched", &lines, |tally| tally.matched));
    columns.extend(sometimes);
    columns.push(Column::numbers("duration", lines.iter().map(|line| numbers::span(line.duration))));
    let rates = Column::numbers("keys/s", lines.iter().map(|line| cells::rate(line.tally.matched, line.duration)));
    columns.extend(Some(rates).filter(|column| !column.is_zero()));
    (names, columns)
}

/// The columns between `matched` and `duration`.
fn numbers(lines: &[Line], is_dry_run: bool) -> Vec<Column> {
    let mut columns = vec![
        counts("copied", lines, |tally| tally.copied),
        counts("replaced", lines, |tally| tally.replaced),
        counts("existing", lines, |tally| tally.existing),
        counts("vanished", lines, |tally| tally.vanished),
        Column::numbers("failed", lines.iter().map(|line| cells::marked(line.tally.failed))),
        Column::numbers("bytes", lines.iter().map(|line| payload(line.sizes))),
    ];
    if is_dry_run {
        columns.push(Column::numbers("memory", lines.iter().map(|line| memory(line.sizes))));
    }
    columns
}

fn counts(title: &'static str, lines: &[Line], count: fn(&Tally) -> u64) -> Column {
    Column::numbers(title, lines.iter().map(|line| numbers::count(count(&line.tally))))
}

/// Payload bytes; `-` if they are not counted.
pub(super) fn payload(sizes: Sizes) -> String {
    sizes.payload.map_or_else(|| "-".to_owned(), numbers::bytes)
}

/// The estimated memory; `-` if it is not estimated.
pub(super) fn memory(sizes: Sizes) -> String {
    match (sizes.memory, sizes.payload) {
        (Some(bytes), _) => format!("~{}", numbers::bytes(bytes)),
        (None, Some(_)) => "-".to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

/// A line of the table, for one job or for several.
struct Line {
    name: String,
    status: String,
    tally: Tally,
    sizes: Sizes,
    duration: Duration,
}

impl Line {
    fn of(job: &JobSummary) -> Self {
        let (name, status) = (job.job.name.clone(), cells::status(job));
        Self { name, status, tally: job.tally, sizes: job.sizes, duration: job.duration }
    }
}

fn total(summary: &RunSummary) -> Line {
    Line {
        name: "total".to_owned(),
        status: String::new(),
        tally: summary.tally(),
        sizes: summary.jobs.iter().map(|job| job.sizes).sum(),
        duration: summary.duration,
    }
}
