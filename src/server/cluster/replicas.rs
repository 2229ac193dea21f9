//! Replicas that are read in place of their masters.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::nodes::{ClusterNode, Nodes};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::HostPort;

impl<N: ClusterNode> Nodes<N> {
    /// The replicas of a master.
    pub fn replicas_of(&self, master: &HostPort) -> Vec<HostPort> {
        let topology = self.topology.borrow();
        let known = topology.masters().iter().find(|known| known.address == *master);
        known.map(|master| master.replicas.clone()).unwrap_or_default()
    }

    /// From now on, a replica is requested in place of its master. A key that it lacks is requested from the master.
    pub fn read_from(&self, master: &HostPort, replica: &HostPort) {
        self.replicas.borrow_mut().insert(master.clone(), replica.clone());
    }

    /// The nodes that are read, in the order of their addresses: each master that serves slots, or the replica in its place.
    pub fn read(&self) -> Vec<Rc<N>> {
        let (topology, members) = (self.topology.borrow(), self.members.borrow());
        let places = topology.masters().iter().map(|master| self.read_place(&master.address));
        let places: BTreeSet<HostPort> = places.collect();
        places.iter().filter_map(|place| members.get(place)?.node.get().cloned()).collect()
    }

    /// The node to request first in place of a master.
    pub(super) fn read_place(&self, master: &HostPort) -> HostPort {
        self.replicas.borrow().get(master).unwrap_or(master).clone()
    }

    /// Whether a node is requested in place of its master.
    pub(super) fn is_read_replica(&self, address: &HostPort) -> bool {
        self.replicas.borrow().values().any(|replica| replica == address)
    }

    /// Fails if a replica does not answer, and its master has others.
    pub(super) fn check_replicas(&self) -> Result<(), EndpointError> {
        let members = self.members.borrow();
        let is_waited_for = |node| members.get(node).is_some_and(|member| member.contact.current_wait().is_some());
        for (master, replica) in self.replicas.borrow().iter().filter(|(_, replica)| is_waited_for(replica)) {
            let others = self.replicas_of(master);
            if let Some(other) = others.first()
                && !others.contains(replica)
            {
                let (before, now) = (replica.to_string(), other.to_string());
                return Err(self.problem(EndpointProblem::Replaced { field: "replica of a master", before, now }));
            }
        }
        Ok(())
    }
}
