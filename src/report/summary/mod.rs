//! The summary: the results of a run, for people.

mod dry_run;
mod outages;
mod show;
pub(super) mod table;
mod text;

pub use show::{Summary, SummaryTarget};
