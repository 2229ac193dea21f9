//! A cluster: which node serves which slot, and the nodes of an endpoint.

mod claim;
mod facts;
mod log;
mod nodes;
mod ranges;
mod replicas;
mod route;
mod seeds;
mod topology;

pub use claim::{Claim, Held};
pub use nodes::{ClusterNode, Nodes};
