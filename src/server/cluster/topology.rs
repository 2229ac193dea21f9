//! Which node serves which slot.

use std::collections::BTreeMap;

use redis::Value;

use crate::entry::SLOTS;
use crate::job::HostPort;

/// The masters of a cluster, and the slots that each serves, as one node reported them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    masters: Vec<Master>,
    /// For each slot, the index of its master; `None` if no node serves it.
    owners: Vec<Option<usize>>,
    /// The ids of all nodes.
    ids: BTreeMap<HostPort, String>,
}

/// A master, and its replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    pub address: HostPort,
    pub replicas: Vec<HostPort>,
}

impl Topology {
    /// Parses the reply to `CLUSTER SLOTS`, the only command for this that all servers have: lists of the first and the last
    /// slot, the master, and the replicas, each with host, port and id. A node that does not know a host means its own:
    /// `asked`. `None` if the reply is not such a list.
    pub fn parse(reply: &Value, asked: &str) -> Option<Self> {
        let owners = vec![None; usize::from(SLOTS)];
        let mut topology = Self { masters: Vec::new(), owners, ids: BTreeMap::new() };
        for range in array(reply)? {
            let [Value::Int(first), Value::Int(last), nodes @ ..] = array(range)? else { return None };
            let (first, last) = (u16::try_from(*first).ok()?, u16::try_from(*last).ok()?);
            if last >= SLOTS || first > last {
                return None;
            }
            let (master, replicas) = nodes.split_first()?;
            let (address, id) = node(master, asked)?;
            topology.ids.insert(address.clone(), id);
            let replicas: BTreeMap<_, _> = replicas.iter().filter_map(|described| node(described, asked)).collect();
            let master = topology.add(Master { address, replicas: replicas.keys().cloned().collect() });
            topology.ids.extend(replicas);
            topology.owners[usize::from(first)..=usize::from(last)].fill(Some(master));
        }
        Some(topology)
    }

    fn add(&mut self, master: Master) -> usize {
        self.position(&master.address).unwrap_or_else(|| {
            self.masters.push(master);
            self.masters.len() - 1
        })
    }

    fn position(&self, address: &HostPort) -> Option<usize> {
        self.masters.iter().position(|known| known.address == *address)
    }

    /// The masters that serve slots.
    pub fn masters(&self) -> &[Master] {
        &self.masters
    }

    /// The master that serves a slot.
    pub fn owner(&self, slot: u16) -> Option<&Master> {
        self.owners[usize::from(slot)].map(|master| &self.masters[master])
    }

    /// The index of that master in [`Topology::masters`].
    pub fn owner_index(&self, slot: u16) -> Option<usize> {
        self.owners[usize::from(slot)]
    }

    /// Whether a node is a master that serves slots, or did so when the topology was reported.
    pub fn has_master(&self, address: &HostPort) -> bool {
        self.position(address).is_some()
    }

    /// The number of slots that a node has: those that it serves, or a replica of it.
    pub fn slots_of(&self, address: &HostPort) -> usize {
        let is_its = |owner: &&Option<usize>| owner.is_some_and(|master| self.masters[master].has(address));
        self.owners.iter().filter(is_its).count()
    }

    /// The id of a node; empty if it is unknown.
    pub fn id_of(&self, address: &HostPort) -> String {
        self.ids.get(address).cloned().unwrap_or_default()
    }

    /// The slots that no node serves.
    pub fn uncovered(&self) -> impl Iterator<Item = u16> + '_ {
        (0..SLOTS).filter(|slot| self.owner(*slot).is_none())
    }

    /// A node has said that another serves a slot.
    pub fn moved(&mut self, slot: u16, to: &HostPort) {
        let master = self.add(Master { address: to.clone(), replicas: Vec::new() });
        self.owners[usize::from(slot)] = Some(master);
    }

    /// Replaces the addresses that nodes announce.
    pub fn map_addresses(&mut self, used: impl Fn(&HostPort) -> HostPort) {
        for master in &mut self.masters {
            master.address = used(&master.address);
            master.replicas.iter_mut().for_each(|replica| *replica = used(replica));
        }
        let ids = std::mem::take(&mut self.ids).into_iter();
        self.ids = ids.map(|(address, id)| (used(&address), id)).collect();
    }
}

impl Master {
    /// Whether a node is the master, or a replica of it.
    pub fn has(&self, address: &HostPort) -> bool {
        self.address == *address || self.replicas.contains(address)
    }
}

/// An address that a node announces, such as `10.0.0.5:6379`; `asked` is the host of a node that does not know its own.
pub(super) fn announced(address: &str, asked: &str) -> Option<HostPort> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host.is_empty() { asked } else { host }.to_owned();
    Some(HostPort { host, port: port.parse().ok().filter(|port| *port > 0)? })
}

fn array(value: &Value) -> Option<&[Value]> {
    if let Value::Array(values) = value { Some(values) } else { None }
}

/// The address and the id of a node. `None` for a node without a known host name, which is announced as `?`.
fn node(described: &Value, asked: &str) -> Option<(HostPort, String)> {
    let [host, Value::Int(port), rest @ ..] = array(described)? else { return None };
    let host = match host {
        Value::BulkString(host) if host.is_empty() => asked.to_owned(),
        Value::BulkString(host) if host == b"?" => return None,
        Value::BulkString(host) => String::from_utf8(host.clone()).ok()?,
        Value::Nil => asked.to_owned(),
        _ => return None,
    };
    let id = match rest.first() {
        Some(Value::BulkString(id)) => String::from_utf8_lossy(id).into_owned(),
        _ => String::new(),
    };
    Some((HostPort { host, port: u16::try_from(*port).ok().filter(|port| *port > 0)? }, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn described(host: Value, port: i64, id: &str) -> Value {
        Value::Array(vec![host, Value::Int(port), text(id), Value::Array(Vec::new())])
    }

    fn range(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        Value::Array([vec![Value::Int(first), Value::Int(last)], nodes].concat())
    }

    fn address(host: &str, port: u16) -> HostPort {
        HostPort { host: host.to_owned(), port }
    }

    #[test]
    fn each_slot_has_the_master_of_its_range() {
        let reply = Value::Array(vec![
            range(0, 99, vec![described(text("10.0.0.1"), 7001, "a"), described(text("10.0.0.4"), 7004, "d")]),
            range(200, 16_383, vec![described(Value::Nil, 7002, "b"), described(text("?"), 7005, "e")]),
            range(100, 100, vec![described(text("10.0.0.1"), 7001, "a")]),
        ]);
        let mut topology = Topology::parse(&reply, "seed").expect("it is well formed");
        let owner = |topology: &Topology, slot| topology.owner(slot).map(|master| master.address.clone());
        assert_eq!(owner(&topology, 100), Some(address("10.0.0.1", 7001)));
        assert_eq!(owner(&topology, 200), Some(address("seed", 7002)));
        assert_eq!(topology.uncovered().collect::<Vec<_>>(), (101..200).collect::<Vec<_>>());
        assert_eq!(topology.masters()[0].replicas, [address("10.0.0.4", 7004)]);
        assert_eq!(topology.masters()[1].replicas, []);
        assert_eq!(
            (topology.id_of(&address("10.0.0.4", 7004)), topology.id_of(&address("h", 1))),
            ("d".to_owned(), String::new())
        );
        assert_eq!(
            [("10.0.0.1", 7001), ("10.0.0.4", 7004)].map(|(host, port)| topology.slots_of(&address(host, port))),
            [101; 2]
        );
        topology.moved(7, &address("new", 1));
        topology.moved(8, &address("seed", 7002));
        assert!(topology.has_master(&address("seed", 7002)) && !topology.has_master(&address("10.0.0.4", 7004)));
        assert_eq!((owner(&topology, 7), owner(&topology, 8)), (Some(address("new", 1)), Some(address("seed", 7002))));
        assert_eq!(topology.masters().len(), 3);
    }

    #[test]
    fn what_is_not_a_list_of_ranges_is_refused() {
        let node = || described(text("h"), 1, "a");
        for wrong in [range(0, 16_384, vec![node()]), range(5, 4, vec![node()]), range(0, 1, Vec::new()), Value::Nil] {
            assert_eq!(Topology::parse(&Value::Array(vec![wrong]), "seed"), None);
        }
        let unnamed = range(0, 1, vec![described(text("?"), 1, "a")]);
        assert_eq!(Topology::parse(&Value::Array(vec![unnamed]), "seed"), None);
    }
}
