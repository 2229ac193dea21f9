//! What the nodes of a cluster are together.

use crate::server::{Identity, Memory, ServerFacts};

impl ServerFacts {
    /// The facts of a cluster with these nodes; `None` without nodes.
    pub fn of_cluster(address: String, nodes: &[&Self]) -> Option<Self> {
        let oldest = nodes.iter().min_by_key(|node| node.compatible)?;
        let Identity { run_id, histories } = Identity::of_all(nodes.iter().map(|node| node.identity()));
        Some(Self {
            address,
            run_id,
            histories,
            is_stale: nodes.iter().any(|node| node.is_stale),
            memory: Memory::of_all(nodes.iter().map(|node| &node.memory)),
            keys: nodes.iter().map(|node| node.keys).sum(),
            evicted: nodes.iter().map(|node| node.evicted).sum(),
            ..(*oldest).clone()
        })
    }
}

impl Memory {
    fn of_all<'m>(nodes: impl Iterator<Item = &'m Self> + Clone) -> Self {
        Self {
            used: nodes.clone().map(|node| node.used).sum(),
            limit: nodes.clone().map(|node| node.limit).sum(),
            policy: nodes.clone().find(|node| node.evicts()).map(|node| node.policy.clone()).unwrap_or_default(),
            dataset: nodes.map(|node| node.dataset).sum(),
        }
    }
}
