//! Runs one job: walk, select, read, pace, write, account, events. Uses neither sockets nor the terminal.

mod account;
mod concurrency;
mod context;
mod existence_check;
mod job;
mod modes;
mod rate;
mod size_estimate;
mod stages;
mod stop;

pub use account::Ended;
pub use job::{Options, run_job};
