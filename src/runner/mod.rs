//! Runs jobs in order: pre-flight, run, stop or continue.

mod backups;
mod estimate;
mod preflight;
mod run;
mod shutdown;
#[cfg(test)]
mod tests;
mod unmatched;
mod walks;

pub use backups::{Surveyed, find_databases, inspect_backups, survey_backups};
pub use preflight::preflight;
pub use run::{Options, run};
pub use shutdown::Shutdown;
