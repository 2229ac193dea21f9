//! The error log: one line for each failed key, and one for an end that is lost.

mod line;
mod listener;
#[cfg(test)]
mod tests;

pub use listener::ErrorLog;
