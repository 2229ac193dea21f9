//! The files of a run: its error logs and its report. They are looked at before pre-flight, when nothing may be touched yet,
//! and opened after it, before the first key moves.

mod error;
mod handle;
mod input;
mod inspect;
mod log_file;
mod open;
mod report_file;
mod target;
#[cfg(test)]
mod tests;

pub use error::{Output, OutputError, OutputProblem};
pub use input::Input;
pub use inspect::{Inspected, inspect};
pub(crate) use log_file::{LogFile, LogWriter};
pub use open::{EndRequested, NotOpened, OpenLogs, Outputs};
pub use report_file::ReportFile;
