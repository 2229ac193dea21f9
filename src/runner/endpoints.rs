//! Source and destination of a job, connected.

use crate::destination::{Destination, DestinationNode};
use crate::error::{EndpointError, Stop};
use crate::job::{self, Job};
use crate::server::{Contact, Identity};
use crate::source::{BackupSource, Node, Source};

/// Source and destination of a job, connected.
pub struct Endpoints {
    source: OpenSource,
    pub destination: DestinationNode,
}

enum OpenSource {
    Server(Box<Node>),
    Backup(Box<BackupSource>),
}

/// The servers that the connections of a job reach.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// Unknown for a file.
    source: Identity,
    destination: Identity,
}

impl Endpoints {
    /// Connects source and destination of a job. In a dry run, values of a backup are not kept.
    pub async fn open(job: &Job, is_dry_run: bool) -> Result<Self, Stop> {
        let source = async {
            Ok::<_, Stop>(match &job.source {
                job::Source::Server(_) => OpenSource::Server(Box::new(open_server(job).await?)),
                job::Source::Backup(backup) => {
                    OpenSource::Backup(Box::new(BackupSource::open(backup, !is_dry_run).await?))
                }
            })
        };
        let destination = async { Ok(open_destination(job).await?) };
        let (source, destination) = tokio::try_join!(source, destination)?;
        Ok(Self { source, destination })
    }

    pub fn source(&self) -> &dyn Source {
        match &self.source {
            OpenSource::Server(node) => &**node,
            OpenSource::Backup(backup) => &**backup,
        }
    }

    /// The source, if it is a server.
    pub fn node(&self) -> Option<&Node> {
        match &self.source {
            OpenSource::Server(node) => Some(node),
            OpenSource::Backup(_) => None,
        }
    }

    pub fn servers(&self) -> Servers {
        servers(self.node(), &self.destination)
    }

    /// The job begins: from now on, outages are waited for.
    pub fn begin(&self) {
        self.source().contacts().into_iter().chain(self.destination.contacts()).for_each(Contact::begin);
    }
}

impl Servers {
    /// Whether later connections reach the same servers.
    pub fn are(&self, later: &Self) -> bool {
        self.source.compare(&later.source).is_ok() && self.destination.compare(&later.destination).is_ok()
    }
}

pub fn servers(source: Option<&Node>, destination: &DestinationNode) -> Servers {
    Servers {
        source: source.map(|node| node.server_facts().identity()).unwrap_or_default(),
        destination: destination.facts().identity(),
    }
}

/// Connects the source of a job that reads from a server.
pub async fn open_server(job: &Job) -> Result<Node, Stop> {
    let endpoint = job.source.server().ok_or_else(|| Stop::Internal("a file is no server".to_owned()))?;
    Ok(Node::open(endpoint, &client_name(job)).await?)
}

pub async fn open_destination(job: &Job) -> Result<DestinationNode, EndpointError> {
    DestinationNode::open(&job.destination, &client_name(job), job.on_existing).await
}

fn client_name(job: &Job) -> String {
    format!("redis-keys-migrator:{}", job.name)
}
