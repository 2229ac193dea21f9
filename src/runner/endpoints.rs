//! Source and destination of a job, connected.

use std::rc::Rc;

use super::contacts::{Contacts, Controls};
use super::opened::{OpenDestination, OpenSource};
use crate::error::Stop;
use crate::job::{self, Job};
use crate::outcome::FileTally;
use crate::server::Identity;
use crate::source::{BackupSource, Node, Source, SourceCluster};

/// Source and destination of a job, connected.
pub struct Endpoints {
    source: OpenSource,
    pub destination: OpenDestination,
    contacts: Contacts,
}

/// The servers that the connections of a job reach.
#[derive(Clone, Debug, Default)]
pub struct Servers {
    /// Unknown for a file.
    source: Identity,
    destination: Identity,
}

impl Endpoints {
    /// Connects source and destination of a job.
    pub async fn open(job: &Job, contacts: &Contacts) -> Result<Self, Stop> {
        let Controls { source: from, destination: to } = contacts.open_controls().await?;
        let source = async {
            match (contacts.open_source(job, from).await?, &job.source) {
                (Some(source), _) => Ok(source),
                (None, job::Source::Backup(backup)) => {
                    Ok(OpenSource::Backup(Box::new(BackupSource::open(backup).await?)))
                }
                (None, job::Source::Server(_)) => Err(Stop::Internal("the source has no contact".to_owned())),
            }
        };
        let (source, destination) = tokio::try_join!(source, contacts.open_destination(to))?;
        Ok(Self { source, destination, contacts: contacts.clone() })
    }

    /// Connects the destination to read it.
    pub async fn open_theirs(&self, job: &Job) -> Result<OpenSource, Stop> {
        self.contacts.open_theirs(job).await
    }

    pub fn source(&self) -> &dyn Source {
        self.source.as_source()
    }

    /// The source, if it is a cluster.
    pub fn source_cluster(&self) -> Option<&SourceCluster> {
        if let OpenSource::Cluster(cluster) = &self.source { Some(cluster) } else { None }
    }

    /// The servers of the source; none for a file.
    pub fn sources(&self) -> Vec<Rc<Node>> {
        self.source.nodes()
    }

    /// What was read of each file; empty for a server.
    pub fn files(&self) -> Vec<FileTally> {
        match &self.source {
            OpenSource::Server(_) | OpenSource::Cluster(_) => Vec::new(),
            OpenSource::Backup(backup) => backup.files(),
        }
    }

    pub fn servers(&self) -> Servers {
        servers(&self.sources(), &self.destination)
    }

    /// Closes the connections. A later request opens them again.
    pub async fn close(&self) {
        self.source.close().await;
        self.destination.close().await;
    }

    /// The job begins: from now on, outages are waited for.
    pub fn begin(&self) {
        let contacts = self.source().contacts().into_iter().chain(self.destination.contacts());
        contacts.for_each(|contact| contact.begin());
    }
}

impl Servers {
    /// Whether later connections reach the same servers.
    pub fn are(&self, later: &Self) -> bool {
        self.source.compare(&later.source).is_ok() && self.destination.compare(&later.destination).is_ok()
    }
}

pub fn servers(sources: &[Rc<Node>], destination: &OpenDestination) -> Servers {
    Servers {
        source: Identity::of_all(sources.iter().map(|node| node.server_facts().identity())),
        destination: destination.facts().identity(),
    }
}
