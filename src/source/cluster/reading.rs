//! A cluster as a source.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all, try_join_all};

use super::census::{Census, Claims};
use super::lanes::cluster_lanes;
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem, Side};
use crate::job::{ClusterSeeds, Databases, Endpoint, HostPort, ReadFrom, Selection};
use crate::payload::Origin;
use crate::server::{ClusterNode, Contact, Control, KeysByDb, Nodes, ServerFacts, slot_of};
use crate::source::{Applied, DatabaseSize, KeyInfo, Lane, Node, ReadResult, ScanPlan, Source, SourceFacts};

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
    facts: ServerFacts,
}

impl SourceCluster {
    /// Connects to every master, and to a replica of each if replicas are read.
    pub async fn open(
        endpoint: &Endpoint,
        seeds: &ClusterSeeds,
        client_name: &str,
        databases: &Databases,
    ) -> Result<Self, EndpointError> {
        let databases = databases.clone();
        let connect = move |contact: Rc<Contact>| {
            let databases = databases.clone();
            async move { Node::open(&contact, None, &databases).await }.boxed_local()
        };
        let nodes = Nodes::open(Side::Source, endpoint, seeds, client_name, Box::new(connect)).await?;
        let census = RefCell::new(Census::new(claims(&nodes).await?));
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
        Ok(Self { nodes, masters, census, facts })
    }

    /// The nodes that are read.
    pub fn nodes(&self) -> Vec<Rc<Node>> {
        self.nodes.read()
    }

    pub async fn close(&self) {
        join_all(self.nodes.connected().iter().map(|node| node.close())).await;
    }

    /// Asks every node for its slots. Fails if a replica has taken the place of a master.
    pub(super) async fn observe(&self) -> Result<(), EndpointError> {
        self.nodes.refresh().await?;
        let claims = claims(&self.nodes).await?;
        self.census.borrow_mut().observe(claims);
        Ok(())
    }
}

async fn claims(nodes: &Nodes<Node>) -> Result<Claims, EndpointError> {
    let members = nodes.members();
    let claim = async |(address, node): &(HostPort, Rc<Node>)| Ok((address.clone(), node.control().claim().await?));
    Ok(try_join_all(members.iter().map(claim)).await?.into_iter().collect())
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

fn slot(key: &DbKey<'_>) -> u16 {
    slot_of(key.key.as_bytes())
}

impl Source for SourceCluster {
    fn facts(&self) -> SourceFacts {
        SourceFacts::Server(self.facts.clone())
    }

    fn origin(&self) -> Origin {
        Origin::of(self.facts.flavour, self.facts.kind_version())
    }

    fn round_trip(&self) -> Duration {
        self.masters.iter().map(|(_, node)| node.round_trip()).max().unwrap_or_default()
    }

    fn now_ms(&self) -> Option<u64> {
        self.masters.first().and_then(|(_, node)| node.now_ms())
    }

    fn may_repeat(&self) -> bool {
        true
    }

    fn applies(&self, selection: &Selection) -> Applied {
        let each = self.masters.iter().map(|(_, node)| node.applies(selection));
        each.reduce(|one, other| Applied { matches: one.matches && other.matches, types: one.types && other.types })
            .unwrap_or(Applied { matches: false, types: false })
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.nodes.problem(problem)
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        self.nodes.contacts()
    }

    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>> {
        async { Ok(self.databases().await?.into_iter().map(|size| size.keys).sum()) }.boxed_local()
    }

    fn databases(&self) -> LocalBoxFuture<'_, Result<Vec<DatabaseSize>, EndpointError>> {
        async {
            let mut sums: Vec<DatabaseSize> = Vec::new();
            for size in try_join_all(self.masters.iter().map(|(_, node)| node.sizes())).await?.into_iter().flatten() {
                match sums.iter_mut().find(|sum| sum.db == size.db) {
                    Some(sum) => sum.keys = sum.keys.zip(size.keys).map(|(sum, keys)| sum + keys),
                    None => sums.push(size),
                }
            }
            sums.sort_by_key(|size| size.db);
            Ok(sums)
        }
        .boxed_local()
    }

    fn other_databases(&self) -> LocalBoxFuture<'_, Result<KeysByDb, EndpointError>> {
        async {
            let mut sums = KeysByDb::default();
            for others in try_join_all(self.masters.iter().map(|(_, node)| node.other_databases())).await? {
                for (db, keys) in others {
                    *sums.entry(db).or_default() += keys;
                }
            }
            Ok(sums)
        }
        .boxed_local()
    }

    /// Every node should have the same libraries.
    fn libraries(&self) -> LocalBoxFuture<'_, Result<Vec<Bytes>, EndpointError>> {
        async {
            let mut libraries: Vec<Bytes> = Vec::new();
            for library in
                try_join_all(self.masters.iter().map(|(_, node)| node.libraries())).await?.into_iter().flatten()
            {
                if !libraries.contains(&library) {
                    libraries.push(library);
                }
            }
            Ok(libraries)
        }
        .boxed_local()
    }

    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
        cluster_lanes(self, plan)
    }

    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.key_types(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.key_infos(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.memory_usages(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn measure<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.most_bytes(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.read_keys(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>> {
        async { Ok(try_join_all(self.masters.iter().map(|(_, node)| node.ping())).await?.into_iter().max().flatten()) }
            .boxed_local()
    }
}
