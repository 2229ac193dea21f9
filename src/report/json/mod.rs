//! The report: the results of a run, for programs. The schema is generated from the types.

mod databases;
mod document;
mod fill;
mod listener;
mod running;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
mod values;

pub use document::Report;
pub use listener::JsonReport;

/// Rises with every change that affects programs which read reports.
const FORMAT_VERSION: u32 = 3;
