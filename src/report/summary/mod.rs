//! The summary: the results of a run, for people.

pub(super) mod cells;
pub(super) mod columns;
mod continued;
mod dry_run;
mod failures;
mod last_line;
mod outages;
mod parts;
mod show;
pub(super) mod table;
mod text;
mod verify_table;

pub(super) use failures::without_keys as failures_without_keys;
pub(super) use last_line::one_line;
pub use show::{Summary, SummaryTarget};
