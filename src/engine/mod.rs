//! Runs jobs: walk, select, read, pace, write, account, events. Uses neither sockets nor the terminal.

mod account;
mod concurrency;
mod context;
mod earlier;
mod existence_check;
mod job;
mod mode;
mod modes;
mod pace;
mod rate;
mod shared;
mod size_estimate;
mod stages;
mod stop;
mod verifying;

pub use account::Ended;
pub use earlier::Earlier;
pub use job::{Options, verify_job};
pub use mode::Mode;
pub use shared::run_jobs;
pub use verifying::{Names, Others, Repair, Sampler, Sums, Verifying};
