//! What `-v` shows of the nodes of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use tracing::Level;

use super::nodes::Nodes;
use super::slot::SLOTS;
use super::topology::Topology;
use crate::error::Redirect;
use crate::job::HostPort;

/// The requests that nodes have sent elsewhere: by the node, the target, and whether with `ASK`; and their slots.
#[derive(Default)]
pub(super) struct Redirects(BTreeMap<(String, String, bool), (usize, BTreeSet<u16>)>);

impl Redirects {
    pub fn add(&mut self, from: &HostPort, redirect: &Redirect) {
        let Redirect { slot, to, is_ask } = redirect;
        let (count, slots) = self.0.entry((from.to_string(), to.clone(), *is_ask)).or_default();
        *count += 1;
        slots.insert(*slot);
    }
}

impl<N> Nodes<N> {
    pub(super) fn log_redirects(&self, Redirects(redirects): Redirects) {
        let side = self.side;
        for ((from, to, is_ask), (count, slots)) in redirects {
            let (reply, slots) = (if is_ask { "ASK" } else { "MOVED" }, ranges(&slots));
            let text =
                format!("the node `{from}` of the {side} sends {count} requests to `{to}` (`{reply}`, slots {slots})");
            tracing::debug!(%text, %side, %from, %to, reply, count, %slots, "redirected");
        }
    }

    /// A node was asked for the topology, which replaces the one that was known.
    pub(super) fn log_refreshed(&self, node: &str, now: &Topology) {
        if !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let (side, before) = (self.side, self.topology.borrow());
        let mut moved: BTreeMap<[String; 2], BTreeSet<u16>> = BTreeMap::new();
        for slot in 0..SLOTS {
            let [from, to] = [&*before, now].map(|topology| topology.owner(slot).map(|owner| &owner.address));
            if from != to {
                let names =
                    [from, to].map(|address| address.map_or("no node".to_owned(), |address| format!("`{address}`")));
                moved.entry(names).or_default().insert(slot);
            }
        }
        let text = format_args!("asked the node `{node}` of the {side} which node serves which slot");
        tracing::trace!(%text, %side, %node, "topology");
        for ([from, to], slots) in moved {
            let slots = ranges(&slots);
            let text = format_args!("slots of the {side} moved from {from} to {to}: {slots}");
            tracing::debug!(%text, %side, %from, %to, %slots, "slots moved");
        }
    }
}

/// Slots as ranges, such as `0-99, 120`.
fn ranges(slots: &BTreeSet<u16>) -> String {
    let slots: Vec<u16> = slots.iter().copied().collect();
    let range = |range: &[u16]| match range {
        [first, .., last] => format!("{first}-{last}"),
        slots => slots.iter().map(u16::to_string).collect(),
    };
    slots.chunk_by(|one, next| one + 1 == *next).map(range).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_shown_as_ranges() {
        assert_eq!(ranges(&BTreeSet::from([0, 1, 2, 7, 16_382, 16_383])), "0-2, 7, 16382-16383");
        assert_eq!(ranges(&BTreeSet::new()), "");
    }
}
