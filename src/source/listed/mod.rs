//! Keys that a file lists: a source that is asked for these keys, and for no others.
//!
//! The file is read a line at a time, because it may list millions of keys.

mod check;
mod file;
mod lane;
mod line;
mod log_line;
mod source;

pub use check::{check, failed_jobs};
#[cfg(test)]
pub use log_line::LoggedKey;
pub use source::listed;
