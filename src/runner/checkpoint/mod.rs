//! The checkpoint of a job: a record of how far it is, in a file of its own, from which a later run can continue.

mod begun;
mod data;
mod digest;
mod fingerprint;
mod format;
mod job_files;
mod moment;
mod of_run;
mod problem;
mod record;
mod settings;
#[cfg(test)]
mod tests;
mod walk;
mod writer;

pub use data::Data;
pub use fingerprint::Fingerprint;
pub use of_run::{Checkpoints, Resume};
pub use problem::{CheckpointError, CheckpointProblem};
#[cfg(test)]
pub use record::Record;
pub use record::State;
pub use walk::Walk;
