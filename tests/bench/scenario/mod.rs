//! What is measured, one file for each scenario.

mod again;
mod backup;
mod big;
mod busy;
mod cluster;
mod copy;
mod far;
mod few;
mod latency;
mod many;
mod memory;
mod name;
mod number;
mod rates;
mod tls;
mod verify;

pub use name::Scenario;
use number::count;
