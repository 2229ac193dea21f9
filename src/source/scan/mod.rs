//! Scans one node: its databases one after the other, each in one lane or several.

mod borders;
mod keyspace;
mod lane;
mod range;
mod turns;

pub use lane::scan_lanes;
