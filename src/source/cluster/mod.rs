//! A cluster that keys are read from: each key counts where its slot's owner returns it.

mod census;
mod lanes;
mod last_lane;
mod masters;
mod reading;

pub use masters::SourceCluster;
