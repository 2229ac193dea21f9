//! The error log: one line for each failed key, and one for each endpoint that was lost.

mod line;
mod listener;
#[cfg(test)]
mod tests;

pub use listener::ErrorLog;
