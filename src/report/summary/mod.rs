//! The summary: what a run came to, for people.

mod dry_run;
mod show;
pub(super) mod table;
mod text;

pub use show::Summary;
