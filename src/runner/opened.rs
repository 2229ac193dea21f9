//! What a source and a destination are: a server, a cluster, or files.

use std::ops::Deref;
use std::rc::Rc;

use crate::destination::{Destination, DestinationCluster, DestinationNode};
use crate::source::{BackupSource, Node, Source, SourceCluster};

/// The source of a job, connected.
pub enum OpenSource {
    Server(Rc<Node>),
    Cluster(Box<SourceCluster>),
    Backup(Box<BackupSource>),
}

/// The destination of a job, connected.
pub enum OpenDestination {
    Server(Rc<DestinationNode>),
    Cluster(Box<DestinationCluster>),
}

impl OpenSource {
    pub fn as_source(&self) -> &dyn Source {
        match self {
            Self::Server(node) => &**node,
            Self::Cluster(cluster) => &**cluster,
            Self::Backup(backup) => &**backup,
        }
    }

    /// Its servers; none for a file.
    pub fn nodes(&self) -> Vec<Rc<Node>> {
        match self {
            Self::Server(node) => vec![Rc::clone(node)],
            Self::Cluster(cluster) => cluster.nodes(),
            Self::Backup(_) => Vec::new(),
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Server(node) => node.close().await,
            Self::Cluster(cluster) => cluster.close().await,
            Self::Backup(_) => {}
        }
    }
}

impl OpenDestination {
    /// Its servers.
    pub fn nodes(&self) -> Vec<Rc<DestinationNode>> {
        match self {
            Self::Server(node) => vec![Rc::clone(node)],
            Self::Cluster(cluster) => cluster.nodes(),
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Server(node) => node.close().await,
            Self::Cluster(cluster) => cluster.close().await,
        }
    }
}

impl Deref for OpenDestination {
    type Target = dyn Destination;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Server(node) => &**node,
            Self::Cluster(cluster) => &**cluster,
        }
    }
}
