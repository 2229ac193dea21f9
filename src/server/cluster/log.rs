//! What `-v` shows of the nodes of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use tracing::Level;

use super::nodes::Nodes;
use super::ranges::Ranges;
use super::topology::Topology;
use crate::entry::SLOTS;
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
            let (reply, slots) = (if is_ask { "ASK" } else { "MOVED" }, Ranges::of(slots.iter().copied()));
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
            let slots = Ranges::of(slots.iter().copied());
            let text = format_args!("slots of the {side} moved from {from} to {to}: {slots}");
            tracing::debug!(%text, %side, %from, %to, %slots, "slots moved");
        }
    }
}
