//! The summary: the results of a run, for people.

pub(super) mod columns;
mod dry_run;
mod failures;
mod last_line;
mod outages;
mod show;
mod table;
mod text;

pub use show::{Summary, SummaryTarget};
