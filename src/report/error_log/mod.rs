//! The error log: one line for each failed key, and one line for each lost endpoint.

mod json_line;
mod line;
mod listener;
#[cfg(test)]
mod tests;

pub use listener::ErrorLogWriter;
