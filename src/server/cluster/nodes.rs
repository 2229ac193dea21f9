//! The nodes of a cluster that an endpoint uses.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::future::{LocalBoxFuture, try_join_all};
use tokio::sync::OnceCell;

use super::slot::slot_of;
use super::topology::Topology;
use crate::error::{EndpointError, EndpointProblem, Redirect, Side};
use crate::job::{ClusterSeeds, Endpoint, HostPort};
use crate::server::contact::PROBE_KEY;
use crate::server::{Address, Contact, Control};

/// One node, connected.
pub trait ClusterNode {
    fn control(&self) -> &Control;
}

/// Connects to a node.
type Connect<N> = Box<dyn Fn(Rc<Contact>) -> LocalBoxFuture<'static, Result<N, EndpointError>>>;

/// The nodes of a cluster, and which of them serves which slot. A node is connected when it is first needed.
pub struct Nodes<N> {
    side: Side,
    endpoint: Endpoint,
    seeds: ClusterSeeds,
    client_name: String,
    connect: Connect<N>,
    /// The topology before the first request.
    first: Topology,
    pub(super) topology: RefCell<Topology>,
    members: RefCell<BTreeMap<HostPort, Rc<Member<N>>>>,
}

struct Member<N> {
    contact: Rc<Contact>,
    node: OnceCell<Rc<N>>,
}

impl<N: ClusterNode> Nodes<N> {
    /// Asks the given nodes, one after the other, for all nodes of the cluster, and connects to every master.
    pub async fn open(
        side: Side,
        endpoint: &Endpoint,
        seeds: &ClusterSeeds,
        client_name: &str,
        connect: Connect<N>,
    ) -> Result<Self, EndpointError> {
        let topology = ask_seeds(side, endpoint, seeds, client_name).await?;
        let nodes = Self {
            side,
            endpoint: endpoint.clone(),
            seeds: seeds.clone(),
            client_name: client_name.to_owned(),
            connect,
            first: topology.clone(),
            topology: RefCell::new(topology),
            members: RefCell::default(),
        };
        nodes.check_coverage()?;
        let masters: Vec<HostPort> = nodes.first.masters().iter().map(|master| master.address.clone()).collect();
        try_join_all(masters.iter().map(|address| nodes.node(address))).await?;
        Ok(nodes)
    }

    fn check_coverage(&self) -> Result<(), EndpointError> {
        let missing = self.first.uncovered().count();
        match self.first.uncovered().next() {
            None => Ok(()),
            Some(slot) => Err(self.problem(EndpointProblem::WrongServer(format!(
                "is a cluster in which no node serves {missing} of the slots, the first of them slot {slot}: assign them, or \
                 repair the nodes that had them"
            )))),
        }
    }

    /// Builds an error of the cluster.
    pub fn problem(&self, problem: EndpointProblem) -> EndpointError {
        Address::of(self.side, &self.endpoint).problem(problem)
    }

    /// A node by its address. Connects to it, unless that is done.
    pub async fn node(&self, address: &HostPort) -> Result<Rc<N>, EndpointError> {
        let member = self.member(address);
        let connect = async || (self.connect)(Rc::clone(&member.contact)).await.map(Rc::new);
        member.node.get_or_try_init(connect).await.cloned()
    }

    fn member(&self, address: &HostPort) -> Rc<Member<N>> {
        if let Some(member) = self.members.borrow().get(address) {
            return Rc::clone(member);
        }
        let endpoint = self.endpoint.member(address.clone());
        let contact = Contact::of_member(self.side, &endpoint, &self.client_name, self.probe_key(address));
        if self.contacts().iter().any(|other| other.has_begun()) {
            contact.begin();
        }
        let member = Rc::new(Member { contact, node: OnceCell::new() });
        self.members.borrow_mut().insert(address.clone(), Rc::clone(&member));
        member
    }

    /// A name that no key has, in one of the slots of a node.
    fn probe_key(&self, address: &HostPort) -> Vec<u8> {
        let topology = self.topology.borrow();
        let is_served = |key: &Vec<u8>| topology.owner(slot_of(key)).is_some_and(|owner| owner.address == *address);
        let keys = (0..1_000_000).map(|number| [PROBE_KEY, format!(":{number}").as_bytes()].concat());
        keys.into_iter().find(is_served).unwrap_or_else(|| PROBE_KEY.to_vec())
    }

    /// The nodes that are connected, in the order of their addresses.
    pub fn connected(&self) -> Vec<Rc<N>> {
        self.members.borrow().values().filter_map(|member| member.node.get().cloned()).collect()
    }

    /// The same, with their addresses.
    pub fn members(&self) -> Vec<(HostPort, Rc<N>)> {
        let members = self.members.borrow();
        members.iter().filter_map(|(address, member)| Some((address.clone(), member.node.get()?.clone()))).collect()
    }

    pub fn contacts(&self) -> Vec<Rc<Contact>> {
        self.members.borrow().values().map(|member| Rc::clone(&member.contact)).collect()
    }

    /// Where a redirect by a node leads.
    pub(super) fn target(&self, from: &HostPort, redirect: &Redirect) -> Result<HostPort, EndpointError> {
        let announced = redirect.to.rsplit_once(':').and_then(|(host, port)| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let host = if host.is_empty() { from.host.clone() } else { host.to_owned() };
            Some(HostPort { host, port: port.parse().ok().filter(|port| *port > 0)? })
        });
        match announced {
            Some(announced) => Ok(used(&self.seeds, &announced)),
            None => Err(self.problem(EndpointProblem::Protocol(format!("the redirect `{redirect}`")))),
        }
    }

    /// The master that a slot had before the first request, if a replica has taken its place: that may lack writes which
    /// the master confirmed.
    pub(super) fn replaced_by(&self, slot: u16, address: &HostPort) -> Option<EndpointError> {
        let master = self.first.owner(slot)?;
        master.replicas.contains(address).then(|| {
            let (before, now) = (master.address.to_string(), address.to_string());
            self.problem(EndpointProblem::Replaced { field: "master of a slot", before, now })
        })
    }

    /// Asks a node for the topology again. Fails if a replica has taken the place of a master.
    pub async fn refresh(&self) -> Result<(), EndpointError> {
        let mut error = None;
        for node in self.connected().iter().filter(|node| node.control().contact().current_wait().is_none()) {
            match topology(node.control(), &self.seeds).await {
                Ok(topology) => {
                    let masters: Vec<HostPort> =
                        topology.masters().iter().map(|master| master.address.clone()).collect();
                    self.topology.replace(topology);
                    self.check_masters()?;
                    return try_join_all(masters.iter().map(|address| self.node(address))).await.map(drop);
                }
                Err(problem) => error = Some(problem),
            }
        }
        error.map_or(Ok(()), Err)
    }

    fn check_masters(&self) -> Result<(), EndpointError> {
        let topology = self.topology.borrow();
        let replaced = (0..super::SLOTS)
            .find_map(|slot| topology.owner(slot).and_then(|owner| self.replaced_by(slot, &owner.address)));
        replaced.map_or(Ok(()), Err)
    }
}

fn used(seeds: &ClusterSeeds, announced: &HostPort) -> HostPort {
    seeds.address_map.get(announced).unwrap_or(announced).clone()
}

async fn ask_seeds(
    side: Side,
    endpoint: &Endpoint,
    seeds: &ClusterSeeds,
    client_name: &str,
) -> Result<Topology, EndpointError> {
    let mut error = None;
    for seed in &seeds.cluster {
        let contact = Contact::new(side, &endpoint.member(seed.clone()), client_name);
        let asked = async { topology(&Control::open(&contact).await?, seeds).await };
        match asked.await {
            Ok(topology) => return Ok(topology),
            Err(problem) => error = Some(problem),
        }
    }
    Err(error.unwrap_or_else(|| Address::of(side, endpoint).problem(EndpointProblem::Refused("no node".to_owned()))))
}

/// Asks a node for the nodes of its cluster.
async fn topology(control: &Control, seeds: &ClusterSeeds) -> Result<Topology, EndpointError> {
    let facts = control.facts().await?;
    if !facts.is_cluster_node() {
        let text = "is no node of a cluster: give its address as `host` and `port`, or as `url`";
        return Err(control.address().problem(EndpointProblem::WrongServer(text.to_owned())));
    }
    let reply: redis::Value = control.run(redis::cmd("CLUSTER").arg("SLOTS")).await?;
    let Some(host) = control.contact().endpoint().host() else {
        return Err(control.address().unexpected_reply("`CLUSTER SLOTS` from a socket"));
    };
    let parsed = Topology::parse(&reply, host);
    let mut topology =
        parsed.ok_or_else(|| control.address().unexpected_reply("`CLUSTER SLOTS` without slots and nodes"))?;
    topology.map_addresses(|announced| used(seeds, announced));
    Ok(topology)
}
