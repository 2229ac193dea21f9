//! Progress of the current job: a bar on a terminal, log lines elsewhere.

mod bar;
mod choice;
mod held;
mod layout;
mod lines;
mod pace;
mod time_left;
mod together;
mod verifying;

pub use choice::ProgressChoice;
