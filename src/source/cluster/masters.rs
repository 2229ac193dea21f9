//! The nodes of a cluster that keys are read from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{join_all, try_join_all};

use super::census::{Census, Claims};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::{ClusterSeeds, Databases, Endpoint, HostPort, ReadFrom};
use crate::server::{ClusterNode, Contact, Control, Nodes, ServerFacts};
use crate::source::Node;

impl ClusterNode for Node {
    fn control(&self) -> &Control {
        Self::control(self)
    }
}

/// The masters of a cluster that keys are read from.
pub struct SourceCluster {
    pub(super) nodes: Nodes<Node>,
    /// The masters at the start of the walk, each with the node that is walked: itself, or a replica.
    pub(super) masters: Vec<(HostPort, Rc<Node>)>,
    pub(super) census: RefCell<Census>,
    /// Of all nodes together.
    pub(super) facts: ServerFacts,
    /// The slots of every node at the start of the walk.
    claims: String,
}

impl SourceCluster {
    /// Connects to every master, and to a replica of each if replicas are read.
    pub async fn open(
        (side, endpoint): (Side, &Endpoint),
        seeds: &ClusterSeeds,
        client_name: &str,
        databases: &Databases,
    ) -> Result<Self, EndpointError> {
        let databases = databases.clone();
        let connect = move |contact: Rc<Contact>| {
            let databases = databases.clone();
            async move { Node::open(&contact, None, &databases).await }.boxed_local()
        };
        let nodes = Nodes::open(side, endpoint, seeds, client_name, Box::new(connect)).await?;
        let census = RefCell::new(Census::new(claims(&nodes).await?));
        try_join_all(nodes.connected().iter().map(|node| node.control().check_listing())).await?;
        let walked = nodes.members().into_iter().map(|(address, master)| async {
            let node = if seeds.read_from == ReadFrom::Replica { replica(&nodes, &address).await? } else { master };
            Ok((address, node))
        });
        let masters = try_join_all(walked).await?;
        let facts = facts(&nodes, endpoint.address(), &masters);
        let facts = facts.ok_or_else(|| nodes.problem(EndpointProblem::Refused("it has no node".to_owned())))?;
        for (address, node) in &masters {
            node.serve(census.borrow().slots_of(address));
        }
        let claims = census.borrow().text();
        Ok(Self { nodes, masters, census, facts, claims })
    }

    /// The `run_id` of each node that is walked, by the id of its master in the cluster.
    pub fn walked(&self) -> BTreeMap<String, String> {
        let of_one = |(address, node): &(HostPort, Rc<Node>)| {
            let id = self.nodes.described((address, node.server_facts())).id;
            // A node that is getting its first slot is not listed among the masters.
            let id = if id.is_empty() { address.to_string() } else { id };
            (id, node.server_facts().run_id.clone())
        };
        self.masters.iter().map(of_one).collect()
    }

    /// The slots of every node at the start of the walk, in a text that differs if a slot has moved meanwhile.
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// The nodes that are read.
    pub fn nodes(&self) -> Vec<Rc<Node>> {
        self.nodes.read()
    }

    /// The addresses of all nodes.
    pub fn addresses(&self) -> Vec<HostPort> {
        self.nodes.addresses()
    }

    pub async fn close(&self) {
        join_all(self.nodes.connected().iter().map(|node| node.close())).await;
    }

    /// Asks every node for its slots. Fails if a replica has taken the place of a master.
    pub(super) async fn observe(&self) -> Result<(), EndpointError> {
        self.nodes.refresh().await?;
        let claims = self.nodes.unless_replaced(claims(&self.nodes)).await??;
        self.census.borrow_mut().observe(claims);
        Ok(())
    }
}

/// The slots of every node, except of one that leaves the cluster meanwhile.
async fn claims(nodes: &Nodes<Node>) -> Result<Claims, EndpointError> {
    let members = nodes.members();
    let claim = async |(address, node): &(HostPort, Rc<Node>)| match node.control().claim().await {
        Err(_) if !nodes.uses(address) => Ok(None),
        claim => Ok(Some((address.clone(), claim?))),
    };
    let mut claims: Claims = try_join_all(members.iter().map(claim)).await?.into_iter().flatten().collect();
    // A node that is getting its first slot is not listed among the masters.
    let targets: Vec<HostPort> =
        claims.values().flat_map(|claim| claim.exporting.values().flatten().cloned()).collect();
    for address in targets.iter().map(|target| nodes.import_to(target)) {
        if let Entry::Vacant(unknown) = claims.entry(address) {
            let node = nodes.node(unknown.key()).await?;
            unknown.insert(node.control().claim().await?);
        }
    }
    Ok(claims)
}

/// A replica that is connected to this master, from now on read in its place.
async fn replica(nodes: &Nodes<Node>, master: &HostPort) -> Result<Rc<Node>, EndpointError> {
    let why = format!("its master `{master}` has no replica that is connected to it (`read_from` is \"replica\")");
    let mut error = nodes.problem(EndpointProblem::Unreachable(why));
    for address in nodes.replicas_of(master) {
        match nodes.node(&address).await {
            Ok(node) if is_usable(&node) => {
                nodes.read_from(master, &address);
                return Ok(node);
            }
            Ok(_) => {}
            Err(problem) => error = problem,
        }
    }
    Err(error)
}

/// Whether a node is a replica that is connected to its master.
fn is_usable(node: &Node) -> bool {
    let (facts, endpoint) = (node.server_facts(), node.contact().endpoint());
    !facts.is_master() && (endpoint.allow_stale_replica || !facts.is_stale)
}

/// The facts of the nodes that are walked, together.
fn facts(nodes: &Nodes<Node>, address: String, walked: &[(HostPort, Rc<Node>)]) -> Option<ServerFacts> {
    let of_nodes: Vec<&ServerFacts> = walked.iter().map(|(_, node)| node.server_facts()).collect();
    let facts = ServerFacts::of_cluster(address, &of_nodes)?;
    let described = |(address, node): &(HostPort, Rc<Node>)| nodes.described((address, node.server_facts()));
    Some(ServerFacts { nodes: nodes.members().iter().map(described).collect(), ..facts })
}
