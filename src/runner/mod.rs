//! Jobs in order: pre-flight, run, stop or go on, overall outcome.

mod summary;

pub use summary::{JobSummary, RunSummary, Status};
