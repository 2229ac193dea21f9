//! Scans one node, in one lane or several.

mod lane;
mod range;

pub use lane::scan_lanes;
