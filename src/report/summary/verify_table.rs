//! The table of a run that only verifies: one line for each job.

use std::time::Duration;

use super::cells;
use super::columns::Column;
use crate::event::{JobSummary, RunSummary, Verification};
use crate::outcome::VerifyTally;
use crate::report::numbers;

/// One line for each job and, if there are several, the totals. Zero is a result here, so only `failed` and `keys/s` are left
/// out if they are zero in every job. The first column has the names.
pub(super) fn columns(summary: &RunSummary) -> (Column, Vec<Column>) {
    let mut lines: Vec<Line> = summary.jobs.iter().map(Line::of).collect();
    if lines.len() > 1 {
        lines.push(total(summary, &lines));
    }
    let names = Column::names("job", lines.iter().map(|line| line.name.clone()));
    let failed = Column::numbers("failed", lines.iter().map(|line| cells::marked(line.failed)));
    let rates = Column::numbers("keys/s", lines.iter().map(|line| cells::rate(line.compared, line.duration)));
    let mut columns = vec![
        Column::names("status", lines.iter().map(|line| line.status.clone())),
        Column::numbers("compared", lines.iter().map(|line| numbers::count(line.compared))),
        Column::numbers("equal", lines.iter().map(|line| numbers::count(line.tally.equal))),
        Column::numbers("missing", lines.iter().map(|line| cells::marked(line.tally.missing))),
        Column::numbers("extra", lines.iter().map(Line::extra)),
        Column::numbers("different", lines.iter().map(|line| cells::marked(line.different()))),
    ];
    columns.extend(Some(failed).filter(|column| !column.is_zero()));
    columns.push(Column::numbers("duration", lines.iter().map(|line| numbers::span(line.duration))));
    columns.extend(Some(rates).filter(|column| !column.is_zero()));
    (names, columns)
}

/// A line of the table, for one job or for several.
struct Line {
    name: String,
    status: String,
    compared: u64,
    tally: VerifyTally,
    failed: u64,
    /// Extra keys that are differences.
    unwanted: u64,
    duration: Duration,
}

impl Line {
    fn of(job: &JobSummary) -> Self {
        let found = job.verification.as_ref();
        let tally = found.map_or_else(VerifyTally::default, |found| found.tally);
        Self {
            name: job.job.name.clone(),
            status: cells::status(job),
            compared: found.map_or(0, |found| found.matched),
            tally,
            failed: found.map_or(0, |found| found.failed),
            unwanted: if found.is_some_and(|found| found.ignores_extra) { 0 } else { tally.extra },
            duration: job.duration,
        }
    }

    /// Marked unless all of them are ignored.
    fn extra(&self) -> String {
        if self.unwanted > 0 { cells::marked(self.tally.extra) } else { numbers::count(self.tally.extra) }
    }

    /// The keys that source and destination have, but not the same.
    fn different(&self) -> u64 {
        self.tally.differences() - self.tally.missing - self.tally.extra
    }
}

fn total(summary: &RunSummary, lines: &[Line]) -> Line {
    let sum = |number: fn(&Verification) -> u64| summary.verifications().map(number).sum();
    Line {
        name: "total".to_owned(),
        status: String::new(),
        compared: sum(|found| found.matched),
        tally: summary.verifications().fold(VerifyTally::default(), |sum, found| sum + found.tally),
        failed: sum(|found| found.failed),
        unwanted: lines.iter().map(|line| line.unwanted).sum(),
        duration: summary.duration,
    }
}
