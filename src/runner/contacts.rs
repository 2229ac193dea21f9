//! The servers of a job, and how to connect to them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::opened::{OpenDestination, OpenSource};
use crate::destination::{DestinationCluster, DestinationNode};
use crate::error::{EndpointError, Side, Stop};
use crate::job::{ClusterSeeds, Databases, HostPort, Job, Location, ReadFrom};
use crate::server::{Contact, Control};
use crate::source::{Node, SourceCluster};

/// The servers of a job, before and after it is connected to them.
#[derive(Clone, Debug)]
pub struct Contacts {
    client_name: String,
    /// `None` for a file.
    source: Option<Server>,
    destination: Server,
}

/// A server, or the nodes of a cluster.
#[derive(Clone, Debug)]
struct Server {
    contact: Rc<Contact>,
    /// The nodes of its cluster that are known: after a failover, those that are given may be down.
    nodes: RefCell<Vec<HostPort>>,
}

/// The first connection to each server; `None` for a cluster, whose nodes are asked one after the other, and for a file.
pub struct Controls {
    pub source: Option<Control>,
    pub destination: Option<Control>,
}

impl Contacts {
    pub fn of(job: &Job) -> Self {
        let client_name = format!("redis-keys-migrator:{}", job.name);
        let server =
            |side, endpoint| Server { contact: Contact::new(side, endpoint, &client_name), nodes: RefCell::default() };
        let source = job.source.server().map(|endpoint| server(Side::Source, endpoint));
        let destination = server(Side::Destination, &job.destination);
        Self { client_name, source, destination }
    }

    /// The same after earlier connections, which have found the nodes of clusters.
    pub fn after(job: &Job, earlier: Option<&Self>) -> Self {
        let contacts = Self::of(job);
        for server in contacts.servers() {
            let same = earlier.iter().flat_map(|earlier| earlier.servers()).find(|earlier| earlier.is_as(server));
            server.nodes.replace(same.map(|earlier| earlier.nodes.borrow().clone()).unwrap_or_default());
        }
        contacts
    }

    fn servers(&self) -> impl Iterator<Item = &Server> {
        self.source.iter().chain([&self.destination])
    }

    /// Opens the control connections of the source and of the destination, if they are servers.
    pub async fn open_controls(&self) -> Result<Controls, Stop> {
        let (source, destination) = tokio::try_join!(self.open_source_control(), self.destination.open_control())?;
        Ok(Controls { source, destination })
    }

    /// Opens the control connection of the source, if it is a server.
    pub async fn open_source_control(&self) -> Result<Option<Control>, EndpointError> {
        match &self.source {
            Some(source) => source.open_control().await,
            None => Ok(None),
        }
    }

    /// Connects the source, if it is a server: a node of a cluster stands for the whole cluster.
    pub async fn open_source(&self, job: &Job, control: Option<Control>) -> Result<Option<OpenSource>, Stop> {
        let Some(server) = &self.source else { return Ok(None) };
        self.open_to_read(server, control, job.source.databases()).await.map(Some)
    }

    /// Connects the destination to read it, with connections that can be closed before the others.
    pub async fn open_theirs(&self, job: &Job) -> Result<OpenSource, Stop> {
        let Server { contact, nodes } = &self.destination;
        let contact = Contact::new(Side::Destination, contact.endpoint(), &self.client_name);
        let server = Server { contact, nodes: nodes.clone() };
        let control = server.open_control().await?;
        self.open_to_read(&server, control, &job.destination_databases()).await
    }

    async fn open_to_read(
        &self,
        server: &Server,
        control: Option<Control>,
        databases: &Databases,
    ) -> Result<OpenSource, Stop> {
        let contact = &server.contact;
        if let Some(seeds) = server.seeds() {
            drop(control);
            let endpoint = (contact.address().side, contact.endpoint());
            let cluster = SourceCluster::open(endpoint, &seeds, &self.client_name, databases).await?;
            server.nodes.replace(cluster.addresses());
            return Ok(OpenSource::Cluster(Box::new(cluster)));
        }
        Ok(OpenSource::Server(Rc::new(Node::open(contact, control, databases).await?)))
    }

    /// Connects the destination: a node of a cluster stands for the whole cluster.
    pub async fn open_destination(&self, control: Option<Control>) -> Result<OpenDestination, Stop> {
        let contact = &self.destination.contact;
        if let Some(seeds) = self.destination.seeds() {
            drop(control);
            let cluster = DestinationCluster::open(contact.endpoint(), &seeds, &self.client_name).await?;
            self.destination.nodes.replace(cluster.addresses());
            return Ok(OpenDestination::Cluster(Box::new(cluster)));
        }
        Ok(OpenDestination::Server(Rc::new(DestinationNode::open(contact, control).await?)))
    }

    /// Waits until every connection is closed that is not used any more: servers limit their clients.
    pub async fn closed(&self) {
        for server in self.servers() {
            server.contact.closed().await;
        }
    }
}

impl Server {
    fn is_as(&self, other: &Self) -> bool {
        let (one, two) = (&self.contact, &other.contact);
        one.address().side == two.address().side && one.endpoint() == two.endpoint()
    }

    async fn open_control(&self) -> Result<Option<Control>, EndpointError> {
        let is_cluster = self.contact.endpoint().cluster().is_some() || !self.nodes.borrow().is_empty();
        if is_cluster { Ok(None) } else { Control::open(&self.contact).await.map(Some) }
    }

    /// The nodes to ask for the cluster: the given ones first.
    fn seeds(&self) -> Option<ClusterSeeds> {
        let (endpoint, known) = (self.contact.endpoint(), self.nodes.borrow());
        let mut seeds = match &endpoint.location {
            Location::Cluster(seeds) => (**seeds).clone(),
            Location::Tcp { host, port } if is_of_cluster(&self.contact) || !known.is_empty() => ClusterSeeds {
                cluster: vec![HostPort { host: host.clone(), port: *port }],
                read_from: ReadFrom::Master,
                address_map: BTreeMap::new(),
            },
            _ => return None,
        };
        let further = known.iter().filter(|node| !seeds.cluster.contains(node)).cloned().collect::<Vec<_>>();
        seeds.cluster.extend(further);
        Some(seeds)
    }
}

/// Whether a server is a node of a cluster, and not to be taken for a single one.
pub fn is_of_cluster(contact: &Contact) -> bool {
    contact.is_cluster_node() && contact.endpoint().may_stand_for_cluster()
}
