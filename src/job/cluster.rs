//! A cluster as an endpoint.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{HostPort, ReadFrom};

/// Nodes of a cluster, which name all its nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterSeeds {
    /// The nodes, asked in this order; at least one.
    pub cluster: Vec<HostPort>,
    /// Which of the nodes that have a slot.
    pub read_from: ReadFrom,
    /// The addresses that nodes announce, and the ones to use instead.
    pub address_map: BTreeMap<HostPort, HostPort>,
}

/// Its name in messages: the first node.
impl fmt::Display for ClusterSeeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cluster.first().map_or(Ok(()), |first| write!(f, "cluster {first}"))
    }
}
