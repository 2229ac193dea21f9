//! The summary: the results of a run, for people.

pub(super) mod columns;
mod continued;
mod dry_run;
mod failures;
mod last_line;
mod outages;
mod show;
pub(super) mod table;
mod text;

pub(super) use failures::without_keys as failures_without_keys;
pub(super) use last_line::one_line;
pub use show::{Summary, SummaryTarget};
