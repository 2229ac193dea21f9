//! Jobs in order: pre-flight, run, stop or go on, overall outcome.

mod backups;
mod estimate;
mod preflight;
mod run;
mod shutdown;
mod summary;

pub use backups::{Surveyed, find_databases, inspect_backups, survey_backups};
pub use preflight::{Ends, cleared, connect, preflight};
pub use run::{Options, run};
pub use shutdown::Shutdown;
pub use summary::{JobSummary, RunSummary, Status};
