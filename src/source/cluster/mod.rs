//! A cluster that keys are read from: each key counts where its slot's owner returns it.

mod census;
mod lanes;
mod reading;

pub use reading::SourceCluster;
