//! The differences file: one line for each difference that the verification of a job finds.

mod line;
mod listener;
#[cfg(test)]
mod tests;

pub use listener::DifferencesWriter;
