//! The report: the results of a run, for programs. Its schema is made from its types.

mod document;
mod fill;
mod listener;
mod schema;
#[cfg(test)]
mod tests;
mod values;

pub use document::{DestinationReport, JobReport, Report, ServerReport, Timings, Totals};
pub use listener::JsonReport;
pub use schema::report_schema;
pub use values::{Moment, Seconds};

/// Changes when a program that reads reports would have to.
const FORMAT_VERSION: u32 = 2;
