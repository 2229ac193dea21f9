//! The report: the results of a run, for programs. Its schema is made from its types.

mod document;
mod fill;
mod listener;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
mod values;

pub use document::Report;
pub use listener::JsonReport;

/// Changes when a program that reads reports would have to.
const FORMAT_VERSION: u32 = 2;
