//! The results as JUnit XML: one job is one test case.

mod document;
mod listener;

pub use listener::JunitReport;
