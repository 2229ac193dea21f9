//! Destinations of entries.

mod functions;
mod interface;
mod node;
mod probe;
mod settle;
mod standalone;
mod written;

pub use interface::{Destination, Restored, Written};
pub use node::DestinationNode;
