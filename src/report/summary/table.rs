//! The table of a run: one line for each job.

use std::time::Duration;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::event::{JobSummary, RunSummary};
use crate::outcome::Tally;
use crate::report::numbers;
use crate::report::status::StatusWord;

const HEADER: [&str; 11] =
    ["job", "status", "matched", "copied", "replaced", "existing", "vanished", "failed", "bytes", "duration", "keys/s"];

/// One line for each job and, if there are several, the totals.
pub(super) fn jobs(summary: &RunSummary) -> String {
    let mut table = plain(&HEADER, 2);
    for job in &summary.jobs {
        table.add_row(row(&job.job.name, &StatusWord::from(&job.status).to_string(), &Sums::of(job)));
    }
    if summary.jobs.len() > 1 {
        let total = Sums { duration: summary.duration, ..summary.jobs.iter().map(Sums::of).sum() };
        table.add_row(row("total", "", &total));
    }
    trimmed(&table)
}

/// A table without borders. All columns except the first `names` ones contain numbers. The table is pure ASCII and never
/// wrapped, so that it is the same on a terminal, in a CI log and in `awk`.
pub(in crate::report) fn plain(header: &[&str], names: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(header);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if at >= names {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The text of a table, without trailing blanks.
pub(in crate::report) fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// The numbers of a line, for one job or for several.
struct Sums {
    tally: Tally,
    bytes: u64,
    duration: Duration,
}

impl Sums {
    fn of(job: &JobSummary) -> Self {
        Self { tally: job.tally, bytes: job.bytes, duration: job.duration }
    }
}

impl std::iter::Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let none = Self { tally: Tally::default(), bytes: 0, duration: Duration::ZERO };
        all.fold(none, |sum, next| Self {
            tally: sum.tally + next.tally,
            bytes: sum.bytes + next.bytes,
            duration: sum.duration + next.duration,
        })
    }
}

fn row(name: &str, status: &str, sums: &Sums) -> [String; 11] {
    let Tally { matched, copied, replaced, existing, vanished, failed } = sums.tally;
    let rate = numbers::per_second(matched, sums.duration);
    let [matched, copied, replaced, existing, vanished, failed] =
        [matched, copied, replaced, existing, vanished, failed].map(|count| count.to_string());
    [
        name.to_owned(),
        status.to_owned(),
        matched,
        copied,
        replaced,
        existing,
        vanished,
        failed,
        numbers::bytes(sums.bytes),
        numbers::span(sums.duration),
        rate.map_or_else(|| "-".to_owned(), |rate| rate.to_string()),
    ]
}
