//! Destinations of entries.

mod cluster;
mod functions;
mod interface;
mod node;
mod probe;
mod settle;
mod standalone;
mod write;
mod written;

pub use cluster::DestinationCluster;
pub use interface::{Destination, Restored, Written};
pub use node::DestinationNode;
