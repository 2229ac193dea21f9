//! Scanning one node: its keyspace in one lane, or cut into several.

mod lane;
mod range;

pub use lane::scan_lanes;
