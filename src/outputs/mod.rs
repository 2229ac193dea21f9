//! The files that a run writes: its error logs, differences files, checkpoints and reports. They are inspected before
//! pre-flight, when nothing may be changed yet, and opened after it, before the first key moves.

mod append;
mod checkpoint_file;
mod claim;
mod error;
mod handle;
mod identity;
mod input;
mod inspect;
mod kind;
mod log_file;
mod open;
mod patience;
mod place;
mod report_file;
mod successor;
#[cfg(test)]
mod tests;

pub use append::append;
pub use checkpoint_file::CheckpointFile;
pub use error::{Output, OutputError, OutputProblem, ReportFormat};
pub use input::Input;
pub use inspect::{Inspected, inspect};
pub use log_file::{OpenLog, OpenLogs};
pub use open::Outputs;
pub use patience::Patience;
pub use report_file::ReportFile;
