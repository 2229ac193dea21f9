//! One job: walk, select, read, pace, write, account, events. Knows no socket and no screen.

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

pub use job::{Ended, run_job};
