//! Runs jobs in order: pre-flight, run, stop or continue.

mod backups;
#[expect(dead_code, unused_imports, reason = "runs use it from the next change on")]
mod checkpoint;
mod connect;
mod contacts;
mod endpoints;
mod estimate;
mod evictions;
mod evidence;
mod examination;
mod observation;
mod opened;
mod places;
mod preflight;
mod run;
mod sharing;
mod shutdown;
mod swap;
mod target_databases;
#[cfg(test)]
mod tests;
mod topology;
mod unmatched;
mod walks;

pub use backups::{Surveyed, find_databases, inspect_backups, survey_backups};
pub use preflight::preflight;
pub use run::{Options, run};
pub use shutdown::Shutdown;
