//! The nodes of a cluster that an endpoint uses.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{LocalBoxFuture, join_all, try_join_all};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::ranges::Ranges;
use super::seeds::{ask_seeds, check_rights, topology, used};
use super::topology::{Topology, announced};
use crate::entry::{SLOTS, slot_of};
use crate::error::{EndpointError, EndpointProblem, Redirect, Side, WaitCause};
use crate::job::{ClusterSeeds, Endpoint, HostPort};
use crate::server::contact::PROBE_KEY;
use crate::server::{Address, Contact, Control, NodeFacts, ServerFacts};

/// How many slots of a node are tried for its probe key.
const PROBE_SLOTS: usize = 20;

/// If a node does not report the topology within this time, another one is asked.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// One node, connected.
pub trait ClusterNode {
    fn control(&self) -> &Control;
}

/// Connects to a node.
type Connect<N> = Box<dyn Fn(Rc<Contact>) -> LocalBoxFuture<'static, Result<N, EndpointError>>>;

/// The nodes of a cluster, and which of them serves which slot. A node is connected when it is first needed.
pub struct Nodes<N> {
    pub(super) side: Side,
    endpoint: Endpoint,
    seeds: ClusterSeeds,
    client_name: String,
    connect: Connect<N>,
    /// The topology before the first request.
    first: Topology,
    pub(super) topology: RefCell<Topology>,
    /// A node has said that a slot is at another one, since the topology was asked for because of that.
    pub(super) has_moved: Cell<bool>,
    pub(super) learnt: Cell<Instant>,
    pub(super) members: RefCell<BTreeMap<HostPort, Rc<Member<N>>>>,
    /// The masters that are read from a replica, and that replica.
    pub(super) replicas: RefCell<BTreeMap<HostPort, HostPort>>,
    /// Nodes that serve no slots yet, and that `ASK` led to.
    imports: RefCell<BTreeSet<HostPort>>,
}

pub(super) struct Member<N> {
    pub(super) contact: Rc<Contact>,
    pub(super) node: OnceCell<Rc<N>>,
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
            has_moved: Cell::new(false),
            learnt: Cell::new(Instant::now()),
            members: RefCell::default(),
            replicas: RefCell::default(),
            imports: RefCell::default(),
        };
        nodes.check_coverage()?;
        nodes.connect_masters().await?;
        try_join_all(nodes.connected().iter().map(|node| check_rights(node.control()))).await?;
        Ok(nodes)
    }

    /// The number of masters before the first request.
    pub fn first_masters(&self) -> usize {
        self.first.masters().len()
    }

    /// Which of them served a slot then.
    pub fn first_owner(&self, slot: u16) -> usize {
        self.first.owner_index(slot).unwrap_or_default()
    }

    /// The node that serves a slot, as far as it is known.
    pub fn owner(&self, slot: u16) -> Option<HostPort> {
        self.topology.borrow().owner(slot).map(|master| master.address.clone())
    }

    fn check_coverage(&self) -> Result<(), EndpointError> {
        let missing = Ranges::of(self.first.uncovered());
        if missing.is_empty() {
            return Ok(());
        }
        Err(self.problem(EndpointProblem::WrongServer(format!(
            "is a cluster in which no node serves the slots {missing}: assign them, or repair the nodes that had them"
        ))))
    }

    /// Connects to every master. If some cannot be reached, all of them are named.
    async fn connect_masters(&self) -> Result<(), EndpointError> {
        let masters = self.first.masters();
        let connected = join_all(masters.iter().map(|master| self.node(&master.address))).await;
        let (mut unreachable, mut other) = (Vec::new(), None);
        for (index, error) in connected.into_iter().enumerate().filter_map(|(index, node)| Some((index, node.err()?))) {
            match error.problem {
                EndpointProblem::Unreachable(_) => unreachable.push((index, error.problem)),
                _ => other = other.or(Some(error)),
            }
        }
        if unreachable.is_empty() {
            return other.map_or(Ok(()), Err);
        }
        Err(self.problem(EndpointProblem::Unreachable(self.describe(&unreachable))))
    }

    fn describe(&self, unreachable: &[(usize, EndpointProblem)]) -> String {
        let masters = self.first.masters();
        let given = &self.seeds.cluster;
        if unreachable.len() == masters.len() && masters.iter().all(|master| !given.contains(&master.address)) {
            let side = self.side;
            return format!(
                "it answers at {}, but its masters report {}, where none of them answers: give the addresses to use as \
                 `{side}.address_map`",
                listed(given.iter()),
                listed(masters.iter().map(|master| &master.address)),
            );
        }
        let one = |(index, problem): &(usize, EndpointProblem)| {
            let slots = Ranges::of((0..SLOTS).filter(|slot| self.first.owner_index(*slot) == Some(*index)));
            format!("its node `{}`, which serves the slots {slots}, {problem}", masters[*index].address)
        };
        unreachable.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// Builds an error of the cluster.
    pub fn problem(&self, problem: EndpointProblem) -> EndpointError {
        Address::of(self.side, &self.endpoint).problem(problem)
    }

    /// Builds an error of one node.
    pub(super) fn problem_of(&self, address: &HostPort, problem: EndpointProblem) -> EndpointError {
        Address::of(self.side, &self.endpoint.member(address.clone())).problem(problem)
    }

    /// A node by its address. Connects to it, unless that is done. If the slot of its probe key has moved meanwhile, it is
    /// connected with a key of another slot.
    pub async fn node(&self, address: &HostPort) -> Result<Rc<N>, EndpointError> {
        let mut attempt = 0;
        loop {
            let member = self.member(address, attempt);
            let connect = async || (self.connect)(Rc::clone(&member.contact)).await.map(Rc::new);
            match member.node.get_or_try_init(connect).await {
                Err(error) if is_about_a_slot(&error) && attempt < PROBE_SLOTS => {
                    self.members.borrow_mut().retain(|_, other| !Rc::ptr_eq(other, &member));
                    attempt += 1;
                }
                connected => return connected.cloned(),
            }
        }
    }

    fn member(&self, address: &HostPort, attempt: usize) -> Rc<Member<N>> {
        if let Some(member) = self.members.borrow().get(address) {
            return Rc::clone(member);
        }
        let endpoint = self.endpoint.member(address.clone());
        let contact = Contact::of_member(self.side, &endpoint, &self.client_name, self.probe_key(address, attempt));
        if self.contacts().iter().any(|other| other.has_begun()) {
            contact.begin();
        }
        let member = Rc::new(Member { contact, node: OnceCell::new() });
        self.members.borrow_mut().insert(address.clone(), Rc::clone(&member));
        member
    }

    /// A name that no key has, in one of the slots of a node: another one for each attempt.
    fn probe_key(&self, address: &HostPort, attempt: usize) -> Vec<u8> {
        let topology = self.topology.borrow();
        if topology.slots_of(address) == 0 {
            return PROBE_KEY.to_vec();
        }
        let is_served = |key: &Vec<u8>| topology.owner(slot_of(key)).is_some_and(|owner| owner.has(address));
        let keys = (0..1_000_000).map(|number| [PROBE_KEY, format!(":{number}").as_bytes()].concat());
        keys.filter(is_served).nth(attempt).unwrap_or_else(|| PROBE_KEY.to_vec())
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

    /// The addresses of all nodes, as they were before the first request.
    pub fn addresses(&self) -> Vec<HostPort> {
        let masters = self.first.masters().iter();
        masters.flat_map(|master| std::iter::once(&master.address).chain(&master.replicas)).cloned().collect()
    }

    pub fn contacts(&self) -> Vec<Rc<Contact>> {
        self.members.borrow().values().map(|member| Rc::clone(&member.contact)).collect()
    }

    /// What is known of a node with these facts.
    pub fn described(&self, (address, facts): (&HostPort, &ServerFacts)) -> NodeFacts {
        let topology = self.topology.borrow();
        NodeFacts { id: topology.id_of(address), slots: topology.slots_of(address), facts: facts.clone() }
    }

    /// A node imports a slot.
    pub(super) fn imports(&self, address: &HostPort) {
        self.imports.borrow_mut().insert(address.clone());
    }

    /// A node with this announced address imports a slot. Returns the address to use.
    pub fn import_to(&self, announced: &HostPort) -> HostPort {
        let address = used(&self.seeds, announced);
        self.imports(&address);
        address
    }

    /// Where a redirect by a node leads.
    pub(super) fn target(&self, from: &HostPort, redirect: &Redirect) -> Result<HostPort, EndpointError> {
        match announced(&redirect.to, &from.host) {
            Some(announced) => Ok(used(&self.seeds, &announced)),
            None => Err(self.problem(EndpointProblem::Protocol(format!("the redirect `{redirect}`")))),
        }
    }

    /// The master that a slot had before the first request, if a replica has taken its place: that may lack writes which
    /// the master confirmed. Nodes do not list a replica that has received no writes yet, so a node that was no master is
    /// one if the master serves no slot any more.
    pub(super) fn replaced_by(&self, slot: u16, address: &HostPort) -> Option<EndpointError> {
        let master = self.first.owner(slot).filter(|master| master.address != *address)?;
        let serves =
            |topology: &Topology, node: &HostPort| topology.masters().iter().any(|master| master.address == *node);
        let is_new = || !serves(&self.first, address) && !serves(&self.topology.borrow(), &master.address);
        (master.replicas.contains(address) || is_new()).then(|| {
            let (before, now) = (master.address.to_string(), address.to_string());
            self.problem(EndpointProblem::Replaced { field: "master of a slot", before, now })
        })
    }

    /// Asks a node for the topology again. Fails if a replica has taken the place of a master. A node that has left the
    /// cluster is not used any more.
    pub async fn refresh(&self) -> Result<(), EndpointError> {
        let mut error = None;
        for node in self.connected().iter().filter(|node| node.control().contact().current_wait().is_none()) {
            match timeout(ASKED_WITHIN, topology(node.control(), &self.seeds)).await {
                // It may have left the cluster.
                Err(_) => {}
                Ok(Ok(topology)) if topology.masters().is_empty() => {}
                Ok(Ok(topology)) => {
                    let masters: Vec<HostPort> =
                        topology.masters().iter().map(|master| master.address.clone()).collect();
                    self.log_refreshed(&node.control().address().server, &topology);
                    self.use_topology(topology);
                    self.check_masters()?;
                    self.check_replicas()?;
                    return try_join_all(masters.iter().map(|address| self.node(address))).await.map(drop);
                }
                Ok(Err(problem)) => error = Some(problem),
            }
        }
        error.map_or(Ok(()), Err)
    }

    /// Whether a node is used: it may have left the cluster.
    pub fn uses(&self, address: &HostPort) -> bool {
        self.members.borrow().contains_key(address)
    }

    /// Uses only the masters, the replicas that are read in their place, and nodes that import their first slots. Nothing
    /// waits for the others.
    fn use_topology(&self, topology: Topology) {
        let mut imports = self.imports.borrow_mut();
        imports.retain(|address| !topology.has_master(address));
        let (replicas, mut members) = (self.replicas.borrow(), self.members.borrow_mut());
        let is_read =
            |address: &HostPort| replicas.iter().any(|(of, replica)| replica == address && topology.has_master(of));
        members.retain(|address, member| {
            let is_used = topology.has_master(address) || imports.contains(address) || is_read(address);
            if !is_used {
                member.contact.give_up();
            }
            is_used
        });
        self.topology.replace(topology);
    }

    fn check_masters(&self) -> Result<(), EndpointError> {
        let topology = self.topology.borrow();
        let replaced =
            (0..SLOTS).find_map(|slot| topology.owner(slot).and_then(|owner| self.replaced_by(slot, &owner.address)));
        replaced.map_or(Ok(()), Err)
    }
}

fn is_about_a_slot(error: &EndpointError) -> bool {
    use WaitCause::TryAgain;
    matches!(error.problem, EndpointProblem::Moved(_) | EndpointProblem::NotReady { cause: TryAgain, .. })
}

fn listed<'a>(addresses: impl Iterator<Item = &'a HostPort>) -> String {
    addresses.map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ")
}
