//! Which slots may not have been walked completely, because they moved.
//!
//! A slot that moves during the walk may be at the other node both times when a lane passes. So the nodes are asked for
//! their slots regularly. What changed is in doubt, until all keys of the slot were listed at one moment: a key that
//! exists throughout the walk is among them, whatever happens to the slot before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::entry::SLOTS;
use crate::job::HostPort;
use crate::server::Claim;

/// The slots of every node at one moment.
pub type Claims = BTreeMap<HostPort, Claim>;

/// The slots that moved since they were walked.
#[derive(Debug)]
pub struct Census {
    claims: Claims,
    owners: Vec<Option<Rc<HostPort>>>,
    doubtful: BTreeSet<u16>,
    /// The slots whose keys were all listed at one moment.
    listed: BTreeSet<u16>,
    /// Whether slots came in doubt after the start.
    has_new_doubts: bool,
}

impl Census {
    pub fn new(claims: Claims) -> Self {
        let owners = owners(&claims);
        let (doubtful, listed, has_new_doubts) = (BTreeSet::new(), BTreeSet::new(), false);
        let mut census = Self { claims, owners, doubtful, listed, has_new_doubts };
        census.doubt_moving();
        census.has_new_doubts = false;
        census
    }

    /// Whether a node has a slot.
    pub fn is_owner(&self, slot: u16, address: &HostPort) -> bool {
        self.owners[usize::from(slot)].as_deref() == Some(address)
    }

    /// Whether a key counts that the lane of a node returns: the keys of slots in doubt are listed later.
    pub fn counts(&self, slot: u16, address: &HostPort) -> bool {
        self.is_owner(slot, address) && !self.doubtful.contains(&slot)
    }

    /// Whether a node says that it serves slots.
    pub fn serves(&self, address: &HostPort) -> bool {
        self.claims.get(address).is_some_and(|claim| !claim.slots.is_empty())
    }

    /// Whether a node has a slot at the moment.
    pub fn has_owner(&self, slot: u16) -> bool {
        self.owners[usize::from(slot)].is_some()
    }

    /// The slots of a node.
    pub fn slots_of(&self, address: &HostPort) -> Vec<u16> {
        (0..SLOTS).filter(|slot| self.is_owner(*slot, address)).collect()
    }

    /// Compares with what was known.
    pub fn observe(&mut self, claims: Claims) {
        if claims == self.claims {
            return;
        }
        let now = owners(&claims);
        let mut changed: Vec<u16> =
            (0..SLOTS).filter(|slot| self.owners[usize::from(*slot)] != now[usize::from(*slot)]).collect();
        // A slot may have moved away and back in between: a node that gets a slot back has a new epoch.
        for (address, claim) in &claims {
            if self.claims.get(address).is_none_or(|before| claim.epoch > before.epoch) {
                changed.extend(&claim.slots);
            }
        }
        (self.claims, self.owners) = (claims, now);
        self.doubt(changed);
        self.doubt_moving();
    }

    /// The keys of slots that are moving are at two nodes.
    fn doubt_moving(&mut self) {
        let moving = |claim: &Claim| claim.importing.iter().chain(claim.exporting.keys()).copied().collect::<Vec<_>>();
        self.doubt(self.claims.values().flat_map(moving).collect());
    }

    fn doubt(&mut self, slots: Vec<u16>) {
        for slot in slots.into_iter().filter(|slot| !self.listed.contains(slot)) {
            self.has_new_doubts |= self.doubtful.insert(slot);
        }
    }

    /// Whether slots came in doubt since the census began.
    pub fn has_new_doubts(&self) -> bool {
        self.has_new_doubts
    }

    /// The slots of every node, in a text that differs if a slot has moved meanwhile, even if it has come back, or if other
    /// slots are moving.
    pub fn text(&self) -> String {
        let of_node = |(address, claim): (&HostPort, &Claim)| {
            let Claim { epoch, slots, importing, exporting } = claim;
            let slots = ranges(slots);
            format!("{address} {epoch} {slots:?} importing {importing:?} exporting {:?}", exporting.keys())
        };
        self.claims.iter().map(of_node).collect::<Vec<_>>().join("\n")
    }

    /// All keys of a slot were listed at one moment.
    pub fn list(&mut self, slot: u16) {
        self.doubtful.remove(&slot);
        self.listed.insert(slot);
    }

    /// The slots in doubt.
    pub fn doubtful(&self) -> &BTreeSet<u16> {
        &self.doubtful
    }

    /// The slots in doubt by the nodes that serve them.
    pub fn doubtful_by_owner(&self) -> BTreeMap<HostPort, Vec<u16>> {
        let mut slots: BTreeMap<HostPort, Vec<u16>> = BTreeMap::new();
        for slot in &self.doubtful {
            if let Some(owner) = &self.owners[usize::from(*slot)] {
                slots.entry((**owner).clone()).or_default().push(*slot);
            }
        }
        slots
    }
}

/// Slots as ranges, each with its first and its last slot.
fn ranges(slots: &[u16]) -> Vec<(u16, u16)> {
    let chunks = slots.chunk_by(|one, next| one + 1 == *next);
    chunks.filter_map(|chunk| Some((*chunk.first()?, *chunk.last()?))).collect()
}

/// The owner of each slot: of several that claim it, the one with the highest epoch.
fn owners(claims: &Claims) -> Vec<Option<Rc<HostPort>>> {
    let mut owners: Vec<Option<(u64, Rc<HostPort>)>> = vec![None; usize::from(SLOTS)];
    for (address, claim) in claims {
        let address = Rc::new(address.clone());
        for slot in &claim.slots {
            if let Some(owner) = owners.get_mut(usize::from(*slot))
                && owner.as_ref().is_none_or(|(epoch, _)| claim.epoch > *epoch)
            {
                *owner = Some((claim.epoch, Rc::clone(&address)));
            }
        }
    }
    owners.into_iter().map(|owner| owner.map(|(_, address)| address)).collect()
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

    /// The slots in doubt, by the ports of their owners.
    fn doubtful(census: &Census) -> Vec<(u16, Vec<u16>)> {
        census.doubtful_by_owner().into_iter().map(|(address, slots)| (address.port, slots)).collect()
    }

    #[test]
    fn a_slot_that_moved_is_in_doubt_until_it_is_listed() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 3, &[2, 3])]));
        census.observe(claims(&[(1, 1, &[0]), (2, 3, &[1, 2, 3])]));
        assert_eq!(doubtful(&census), [(2, vec![1])]);
        assert!(census.is_owner(1, &node(2)) && !census.is_owner(1, &node(1)));
        census.list(1);
        census.observe(claims(&[(1, 4, &[0, 1]), (2, 3, &[2, 3])]));
        assert_eq!(doubtful(&census), [(1, vec![0])], "slot 1 was listed at one moment");
    }

    #[test]
    fn a_slot_that_moved_away_and_back_between_two_looks_is_noticed_by_the_epoch() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 2, &[2, 3])]));
        census.observe(claims(&[(1, 4, &[0, 1]), (2, 2, &[2, 3])]));
        assert_eq!(doubtful(&census), [(1, vec![0, 1])]);
    }

    #[test]
    fn a_census_at_the_start_differs_by_epochs_slots_and_slots_that_are_moving() {
        let start = claims(&[(1, 1, &[0, 1, 2, 7]), (2, 2, &[3])]);
        assert_eq!(
            Census::new(start.clone()).text(),
            "h:1 1 [(0, 2), (7, 7)] importing [] exporting []\nh:2 2 [(3, 3)] importing [] exporting []"
        );
        let mut moving = start.clone();
        moving.insert(node(2), Claim { epoch: 2, slots: vec![3], importing: vec![0], ..Claim::default() });
        let back = claims(&[(1, 4, &[0, 1, 2, 7]), (2, 2, &[3])]);
        let moved = claims(&[(1, 1, &[0, 1, 2]), (2, 2, &[3, 7])]);
        for other in [moving, back, moved] {
            assert_ne!(Census::new(start.clone()).text(), Census::new(other).text());
        }
    }

    #[test]
    fn only_doubts_that_come_after_the_start_are_new() {
        let mut moving = claims(&[(1, 1, &[0, 1]), (2, 3, &[2])]);
        moving.insert(node(2), Claim { epoch: 3, slots: vec![2], importing: vec![0], ..Claim::default() });
        let mut census = Census::new(moving.clone());
        census.observe(moving);
        assert!(!census.has_new_doubts());
        census.observe(claims(&[(1, 1, &[0, 1]), (2, 3, &[2])]));
        assert!(!census.has_new_doubts(), "the slot was in doubt before");
        let mut moving = claims(&[(1, 1, &[0, 1]), (2, 3, &[2])]);
        moving.insert(node(2), Claim { epoch: 3, slots: vec![2], importing: vec![1], ..Claim::default() });
        census.observe(moving);
        assert!(census.has_new_doubts());
        census.list(1);
        assert!(census.has_new_doubts(), "keys may have been missed before the slot was listed");
    }

    #[test]
    fn that_a_node_got_another_slot_does_not_explain_its_new_epoch() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 2, &[2, 3])]));
        census.observe(claims(&[(1, 4, &[0, 1, 2]), (2, 2, &[3])]));
        assert_eq!(doubtful(&census), [(1, vec![0, 1, 2])]);
    }

    #[test]
    fn of_two_nodes_that_claim_a_slot_the_newer_claim_counts() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 3, &[2])]));
        census.observe(claims(&[(1, 1, &[0, 1]), (2, 3, &[1, 2])]));
        assert!(census.is_owner(1, &node(2)));
        assert_eq!(doubtful(&census), [(2, vec![1])]);
    }

    #[test]
    fn a_slot_without_an_owner_is_in_doubt() {
        let mut census = Census::new(claims(&[(1, 1, &[0, 1]), (2, 3, &[2])]));
        census.observe(claims(&[(1, 1, &[0]), (2, 3, &[2])]));
        assert_eq!(census.doubtful().iter().copied().collect::<Vec<_>>(), [1]);
        assert_eq!(doubtful(&census), []);
        census.observe(claims(&[(1, 1, &[0]), (2, 3, &[1, 2])]));
        assert_eq!(doubtful(&census), [(2, vec![1])]);
    }

    #[test]
    fn a_slot_that_is_moving_is_in_doubt_from_the_beginning() {
        let mut moving = claims(&[(1, 1, &[0, 1]), (2, 3, &[2])]);
        moving.insert(node(2), Claim { epoch: 3, slots: vec![2], importing: vec![0], ..Claim::default() });
        let exporting = BTreeMap::from([(1, None)]);
        moving.insert(node(1), Claim { epoch: 1, slots: vec![0, 1], exporting, ..Claim::default() });
        assert_eq!(doubtful(&Census::new(moving)), [(1, vec![0, 1])]);
    }
}
