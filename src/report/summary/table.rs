//! The table of a run: one line for each job.

use std::time::Duration;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::event::{JobSummary, RunSummary};
use crate::outcome::{Sizes, Tally};
use crate::report::numbers;
use crate::report::status::StatusWord;

const HEADER: [&str; 12] = [
    "job", "status", "matched", "copied", "replaced", "existing", "vanished", "failed", "bytes", "memory", "duration",
    "keys/s",
];
/// The column that only a dry run has.
const MEMORY: usize = 9;

/// One line for each job and, if there are several, the totals.
pub(super) fn jobs(summary: &RunSummary) -> String {
    let cells = |row: [String; 12]| {
        let is_shown = |(at, _): &(usize, String)| *at != MEMORY || summary.dry_run;
        row.into_iter().enumerate().filter(is_shown).map(|(_, cell)| cell).collect::<Vec<_>>()
    };
    let header = cells(HEADER.map(str::to_owned));
    let mut table = plain(&header.iter().map(String::as_str).collect::<Vec<_>>(), 2);
    for job in &summary.jobs {
        table.add_row(cells(row(&job.job.name, &StatusWord::from(&job.status).to_string(), &Sums::of(job))));
    }
    if summary.jobs.len() > 1 {
        let total = Sums { duration: summary.duration, ..summary.jobs.iter().map(Sums::of).sum() };
        table.add_row(cells(row("total", "", &total)));
    }
    trimmed(&table)
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
    sizes: Sizes,
    duration: Duration,
}

impl Sums {
    fn of(job: &JobSummary) -> Self {
        Self { tally: job.tally, sizes: job.sizes, duration: job.duration }
    }
}

impl std::iter::Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let all: Vec<Self> = all.collect();
        Self {
            tally: all.iter().fold(Tally::default(), |sum, next| sum + next.tally),
            sizes: all.iter().map(|next| next.sizes).sum(),
            duration: all.iter().map(|next| next.duration).sum(),
        }
    }
}

fn row(name: &str, status: &str, sums: &Sums) -> [String; 12] {
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
        payload(sums.sizes),
        memory(sums.sizes),
        numbers::span(sums.duration),
        rate.map_or_else(|| "-".to_owned(), |rate| rate.to_string()),
    ]
}
