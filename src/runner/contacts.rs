//! The servers of a job, and how to connect to them.

use std::rc::Rc;

use super::opened::{OpenDestination, OpenSource};
use crate::destination::{DestinationCluster, DestinationNode};
use crate::error::{Side, Stop};
use crate::job::{ClusterSeeds, HostPort, Job, Location, ReadFrom};
use crate::server::{Contact, Control};
use crate::source::{Node, SourceCluster};

/// The servers of a job, before and after it is connected to them.
#[derive(Clone, Debug)]
pub struct Contacts {
    client_name: String,
    /// `None` for a file.
    source: Option<Rc<Contact>>,
    destination: Rc<Contact>,
}

/// The first connection to each server; `None` for a cluster, whose nodes are asked one after the other, and for a file.
pub struct Controls {
    pub source: Option<Control>,
    pub destination: Option<Control>,
}

impl Contacts {
    pub fn of(job: &Job) -> Self {
        let client_name = format!("redis-keys-migrator:{}", job.name);
        let source = job.source.server().map(|endpoint| Contact::new(Side::Source, endpoint, &client_name));
        let destination = Contact::new(Side::Destination, &job.destination, &client_name);
        Self { client_name, source, destination }
    }

    /// Opens the control connections of the source and of the destination, if they are servers.
    pub async fn open_controls(&self) -> Result<Controls, Stop> {
        let open = async |contact: Option<&Rc<Contact>>| match contact {
            Some(contact) if contact.endpoint().cluster().is_none() => Control::open(contact).await.map(Some),
            _ => Ok(None),
        };
        let (source, destination) = tokio::try_join!(open(self.source.as_ref()), open(Some(&self.destination)))?;
        Ok(Controls { source, destination })
    }

    /// Connects the source, if it is a server: a node of a cluster stands for the whole cluster.
    pub async fn open_source(&self, job: &Job, control: Option<Control>) -> Result<Option<OpenSource>, Stop> {
        let Some(contact) = &self.source else { return Ok(None) };
        let databases = job.source.databases();
        if let Some(seeds) = seeds(contact) {
            drop(control);
            let cluster = SourceCluster::open(contact.endpoint(), &seeds, &self.client_name, databases).await?;
            return Ok(Some(OpenSource::Cluster(Box::new(cluster))));
        }
        Ok(Some(OpenSource::Server(Rc::new(Node::open(contact, control, databases).await?))))
    }

    /// Connects the destination: a node of a cluster stands for the whole cluster.
    pub async fn open_destination(&self, control: Option<Control>) -> Result<OpenDestination, Stop> {
        let contact = &self.destination;
        if let Some(seeds) = seeds(contact) {
            drop(control);
            let cluster = DestinationCluster::open(contact.endpoint(), &seeds, &self.client_name).await?;
            return Ok(OpenDestination::Cluster(Box::new(cluster)));
        }
        Ok(OpenDestination::Server(Rc::new(DestinationNode::open(contact, control).await?)))
    }

    /// Waits until every connection is closed that is not used any more: servers limit their clients.
    pub async fn closed(&self) {
        for contact in self.source.iter().chain([&self.destination]) {
            contact.closed().await;
        }
    }
}

/// The nodes to ask for the cluster, if a server is one of its nodes and not to be taken for a single one.
pub fn seeds(contact: &Contact) -> Option<ClusterSeeds> {
    let endpoint = contact.endpoint();
    match &endpoint.location {
        Location::Cluster(seeds) => Some((**seeds).clone()),
        Location::Tcp { host, port } if contact.is_cluster_node() && endpoint.may_stand_for_cluster() => {
            Some(ClusterSeeds {
                cluster: vec![HostPort { host: host.clone(), port: *port }],
                read_from: ReadFrom::Master,
                address_map: std::collections::BTreeMap::new(),
            })
        }
        _ => None,
    }
}
