//! Progress of the current job: a bar on a terminal, log lines elsewhere.

mod bar;
mod choice;
mod lines;
mod pace;

pub use choice::ProgressChoice;
