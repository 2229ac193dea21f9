//! What a node of a cluster says of itself: only that is never out of date.

use std::collections::BTreeMap;

use super::topology::announced;
use crate::error::EndpointError;
use crate::job::HostPort;
use crate::server::Control;

/// The slots that a node serves, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Grows when the node gets a slot. Of two nodes that claim a slot, the one with the higher epoch has it.
    pub epoch: u64,
    pub slots: Vec<u16>,
    /// The slots whose keys it is getting from another node.
    pub importing: Vec<u16>,
    /// The slots whose keys another node is getting, and that node, if its address is known.
    pub exporting: BTreeMap<u16, Option<HostPort>>,
}

/// What a node has of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Every key.
    Whole,
    /// Keys that this node is not getting yet. Its address may be unknown.
    SomeTo(Option<HostPort>),
    /// Keys that it has got so far: another node serves the slot.
    Some,
    /// It does not serve the slot.
    None,
}

impl Claim {
    /// Parses the reply to `CLUSTER NODES`: a line for each node, with id, address, flags, master, times of pings, config
    /// epoch, link, and slots, such as `7`, `0-5460` or, of the node itself, `[93-<-ID]` for a slot that it is getting and
    /// `[93->-ID]` for one that another node is getting.
    pub fn parse(nodes: &str) -> Option<Self> {
        let is_own =
            |line: &&str| line.split(' ').nth(2).is_some_and(|flags| flags.split(',').any(|flag| flag == "myself"));
        let mut words = nodes.lines().find(is_own)?.split(' ').skip(6);
        let mut claim = Self { epoch: words.next()?.parse().ok()?, ..Self::default() };
        for word in words.skip(1) {
            if let Some((slot, _)) = word.strip_prefix('[').and_then(|open| open.split_once("-<-")) {
                claim.importing.push(slot.parse().ok()?);
            } else if let Some((slot, id)) = word.strip_suffix(']').and_then(|open| open.split_once("->-")) {
                claim.exporting.insert(slot.trim_start_matches('[').parse().ok()?, address(nodes, id));
            } else if !word.starts_with('[') && !word.is_empty() {
                let (first, last) = word.split_once('-').unwrap_or((word, word));
                claim.slots.extend(first.parse::<u16>().ok()?..=last.parse().ok()?);
            }
        }
        Some(claim)
    }

    /// What the node has of a slot.
    pub fn held(&self, slot: u16) -> Held {
        match (self.slots.contains(&slot), self.exporting.get(&slot)) {
            (true, None) => Held::Whole,
            (true, Some(to)) => Held::SomeTo(to.clone()),
            (false, _) if self.importing.contains(&slot) => Held::Some,
            (false, _) => Held::None,
        }
    }
}

/// The address of another node, such as `10.0.0.2:7001@17001,host-2`.
fn address(nodes: &str, id: &str) -> Option<HostPort> {
    let line = nodes.lines().find(|line| line.split(' ').next() == Some(id))?;
    announced(line.split(' ').nth(1)?.split('@').next()?, "").filter(|address| !address.host.is_empty())
}

impl Control {
    /// Asks a node of a cluster for its slots.
    pub async fn claim(&self) -> Result<Claim, EndpointError> {
        let nodes: String = self.run(redis::cmd("CLUSTER").arg("NODES")).await?;
        Claim::parse(&nodes).ok_or_else(|| self.address().unexpected_reply("`CLUSTER NODES` without the node itself"))
    }

    /// Checks that a node lists the keys of a slot, which is needed if slots move.
    pub async fn check_listing(&self) -> Result<(), EndpointError> {
        self.run::<redis::Value>(redis::cmd("CLUSTER").arg("GETKEYSINSLOT").arg(0).arg(0)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_says_which_slots_it_serves_and_gets() {
        let nodes = "a 10.0.0.2:7001@17001,host-2 master - 0 1 9 connected 8-9\n\
                     b 10.0.0.1:7001@17001 myself,master - 0 0 12 connected 0-3 7 [5-<-a] [7->-a]\n";
        let other = Some(HostPort { host: "10.0.0.2".to_owned(), port: 7001 });
        let exporting = BTreeMap::from([(7, other.clone())]);
        let expected = Claim { epoch: 12, slots: vec![0, 1, 2, 3, 7], importing: vec![5], exporting };
        assert_eq!(Claim::parse(nodes), Some(expected.clone()));
        let held = [0, 7, 5, 8].map(|slot| expected.held(slot));
        assert_eq!(held, [Held::Whole, Held::SomeTo(other), Held::Some, Held::None]);
        assert_eq!(Claim::parse("b :0@0 myself,master - 0 0 0 connected"), Some(Claim::default()));
        assert_eq!(Claim::parse("a 10.0.0.2:7001@17001 master - 0 1 9 connected 8-9"), None);
    }
}
