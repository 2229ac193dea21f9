//! Runs jobs in order: pre-flight, run, stop or continue.

mod backups;
mod checkpoint;
mod connect;
mod contacts;
mod endpoints;
mod estimate;
mod evictions;
mod evidence;
mod examination;
mod interrupted;
mod key_lists;
mod long_jobs;
mod observation;
mod opened;
mod other_jobs;
mod places;
mod preflight;
mod recorder;
mod recording;
mod run;
mod sharing;
mod shutdown;
mod swap;
mod target_databases;
#[cfg(test)]
mod tests;
mod topology;
mod unmatched;
mod verification;
mod verified;
mod walks;

pub use backups::{Surveyed, find_databases, inspect_backups, survey_backups};
pub use checkpoint::{CheckpointError, CheckpointProblem, Checkpoints, Resume, Walk};
pub use key_lists::check_key_lists;
pub use preflight::preflight;
pub use run::{Options, VerifyOptions, run};
pub use shutdown::Shutdown;
