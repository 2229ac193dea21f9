//! Which slots must be walked again, because they moved.
//!
//! A slot that moves during the walk may be at the other node both times when a lane passes. So the nodes are asked for
//! their slots regularly, and each slot that has changed its owner is walked again there, until none has changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::job::HostPort;
use crate::server::{Claim, SLOTS};

/// The slots of every node at one moment.
pub type Claims = BTreeMap<HostPort, Claim>;

/// The slots that moved since they were walked.
#[derive(Debug)]
pub struct Census {
    claims: Claims,
    owners: Vec<Option<HostPort>>,
    moved: BTreeSet<u16>,
    /// The slots of nodes that get them, and that were walked there.
    imported: BTreeSet<(HostPort, u16)>,
}

impl Census {
    pub fn new(claims: Claims) -> Self {
        let owners = owners(&claims);
        Self { claims, owners, moved: BTreeSet::new(), imported: BTreeSet::new() }
    }

    /// Whether a node has a slot.
    pub fn is_owner(&self, slot: u16, address: &HostPort) -> bool {
        self.owners[usize::from(slot)].as_ref() == Some(address)
    }

    /// Whether a node says that it serves slots.
    pub fn serves(&self, address: &HostPort) -> bool {
        self.claims.get(address).is_some_and(|claim| !claim.slots.is_empty())
    }

    /// The slots of a node.
    pub fn slots_of(&self, address: &HostPort) -> Vec<u16> {
        (0..SLOTS).filter(|slot| self.is_owner(*slot, address)).collect()
    }

    /// Compares with what was known. Returns whether anything has changed.
    pub fn observe(&mut self, claims: Claims) -> bool {
        if claims == self.claims {
            return false;
        }
        let (now, mut gained) = (owners(&claims), BTreeSet::new());
        for (slot, (before, owner)) in (0..SLOTS).zip(self.owners.iter().zip(&now)) {
            if before != owner {
                gained.extend(owner);
                self.moved.insert(slot);
            }
        }
        // A slot may have moved away and back in between: only the epoch tells.
        for (address, claim) in &claims {
            let is_newer = self.claims.get(address).is_some_and(|before| claim.epoch > before.epoch);
            if is_newer && !gained.contains(address) {
                self.moved.extend(&claim.slots);
            }
        }
        // A node that gets a slot again gets other keys.
        let is_getting =
            |(address, slot): &(HostPort, u16)| claims.get(address).is_some_and(|claim| claim.importing.contains(slot));
        self.imported.retain(is_getting);
        (self.claims, self.owners) = (claims, now);
        true
    }

    /// Whether some slots have no owner at the moment.
    pub fn has_gaps(&self) -> bool {
        self.owners.iter().any(Option::is_none)
    }

    /// The slots to walk again, with the nodes that have them now, and then with those that are getting some: a key that
    /// moves while the first are walked is at the second after that.
    pub fn take(&mut self) -> Vec<(HostPort, BTreeSet<u16>)> {
        let (mut owned, mut getting) = (BTreeMap::new(), BTreeMap::new());
        for slot in std::mem::take(&mut self.moved) {
            match &self.owners[usize::from(slot)] {
                Some(node) => add(&mut owned, node, slot),
                None => drop(self.moved.insert(slot)),
            }
        }
        for (address, claim) in &self.claims {
            for slot in &claim.importing {
                if self.imported.insert((address.clone(), *slot)) {
                    add(&mut getting, address, *slot);
                }
            }
        }
        owned.into_iter().chain(getting).collect()
    }
}

fn add(slots: &mut BTreeMap<HostPort, BTreeSet<u16>>, address: &HostPort, slot: u16) {
    slots.entry(address.clone()).or_default().insert(slot);
}

/// The owner of each slot: of several that claim it, the one with the highest epoch.
fn owners(claims: &Claims) -> Vec<Option<HostPort>> {
    let mut owners: Vec<Option<(u64, &HostPort)>> = vec![None; usize::from(SLOTS)];
    for (address, claim) in claims {
        for slot in &claim.slots {
            if let Some(owner) = owners.get_mut(usize::from(*slot))
                && owner.is_none_or(|(epoch, _)| claim.epoch > epoch)
            {
                *owner = Some((claim.epoch, address));
            }
        }
    }
    owners.into_iter().map(|owner| owner.map(|(_, address)| address.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(port: u16) -> HostPort {
        HostPort { host: "h".to_owned(), port }
    }

    /// Nodes with their epochs and slots.
    fn claims(nodes: &[(u16, u64, &[u16])]) -> Claims {
        let claim = |epoch, slots: &[u16]| Claim { epoch, slots: slots.to_vec(), ..Claim::default() };
        nodes.iter().map(|(port, epoch, slots)| (node(*port), claim(*epoch, slots))).collect()
    }

    fn again(census: &mut Census) -> Vec<(u16, Vec<u16>)> {
        census.take().into_iter().map(|(address, slots)| (address.port, slots.into_iter().collect())).collect()
    }

    #[test]
    fn a_slot_that_moved_is_walked_at_its_new_owner() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 2, &[2, 3])]));
        census.observe(claims(&[(1, 1, &[0]), (2, 3, &[1, 2, 3])]));
        census.observe(claims(&[(1, 1, &[0]), (2, 3, &[1, 2, 3])]));
        assert_eq!(again(&mut census), [(2, vec![1])]);
        assert_eq!(again(&mut census), []);
        assert!(census.is_owner(1, &node(2)) && !census.is_owner(1, &node(1)));
    }

    #[test]
    fn a_slot_that_moved_away_and_back_between_two_looks_is_noticed_by_the_epoch() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 2, &[2, 3])]));
        census.observe(claims(&[(1, 4, &[0, 1]), (2, 2, &[2, 3])]));
        assert_eq!(again(&mut census), [(1, vec![0, 1])]);
    }

    #[test]
    fn of_two_nodes_that_claim_a_slot_the_newer_claim_counts() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 2, &[2])]));
        census.observe(claims(&[(1, 1, &[0, 1]), (2, 3, &[1, 2])]));
        assert!(census.is_owner(1, &node(2)));
        assert_eq!(again(&mut census), [(2, vec![1])]);
    }

    #[test]
    fn a_slot_without_an_owner_is_walked_when_it_has_one_again() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 2, &[2])]));
        census.observe(claims(&[(1, 1, &[0]), (2, 2, &[2])]));
        assert_eq!(again(&mut census), []);
        census.observe(claims(&[(1, 1, &[0]), (2, 3, &[1, 2])]));
        assert_eq!(again(&mut census), [(2, vec![1])]);
    }

    /// Node 1 has slots 0 and 1; node 2 has slot 2, and gets this one, if any.
    fn getting(slot: Option<u16>) -> Claims {
        let mut claims = claims(&[(1, 1, &[0, 1]), (2, 2, &[2])]);
        claims.insert(
            node(2),
            Claim { epoch: 2, slots: vec![2], importing: slot.into_iter().collect(), ..Claim::default() },
        );
        claims
    }

    #[test]
    fn a_slot_that_a_node_is_getting_is_walked_there_once() {
        let mut census = Census::new(getting(Some(0)));
        assert_eq!(again(&mut census), [(2, vec![0])]);
        census.observe(getting(Some(0)));
        assert_eq!(again(&mut census), []);
    }

    #[test]
    fn a_slot_that_a_node_is_getting_again_is_walked_there_again() {
        let mut census = Census::new(getting(Some(0)));
        assert_eq!(again(&mut census), [(2, vec![0])]);
        census.observe(getting(None));
        census.observe(getting(Some(0)));
        assert_eq!(again(&mut census), [(2, vec![0])]);
    }

    #[test]
    fn the_node_that_has_a_slot_is_walked_before_the_one_that_is_getting_it() {
        let mut census = Census::new(claims(&[(2, 1, &[0]), (1, 2, &[2])]));
        census.observe(claims(&[(2, 1, &[]), (3, 3, &[0]), (1, 2, &[2])]));
        let mut moving = claims(&[(2, 1, &[]), (3, 3, &[0])]);
        moving.insert(node(1), Claim { epoch: 2, slots: vec![2], importing: vec![0], ..Claim::default() });
        census.observe(moving);
        assert_eq!(again(&mut census), [(3, vec![0]), (1, vec![0])]);
    }
}
