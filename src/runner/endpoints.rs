//! Source and destination of a job, connected.

use std::rc::Rc;

use crate::destination::{Destination, DestinationNode};
use crate::error::{Side, Stop};
use crate::job::{self, Job};
use crate::outcome::FileTally;
use crate::server::{Contact, Control, Identity};
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

/// The servers of a job, before and after it is connected to them.
#[derive(Clone, Debug)]
pub struct Contacts {
    /// `None` for a file.
    source: Option<Rc<Contact>>,
    pub destination: Rc<Contact>,
}

impl Contacts {
    pub fn of(job: &Job) -> Self {
        let name = format!("redis-keys-migrator:{}", job.name);
        let source = job.source.server().map(|endpoint| Contact::new(Side::Source, endpoint, &name));
        Self { source, destination: Contact::new(Side::Destination, &job.destination, &name) }
    }

    /// Opens the control connections of the source, if it is a server, and of the destination.
    pub async fn open_controls(&self) -> Result<(Option<Control>, Control), Stop> {
        let source = async {
            match &self.source {
                Some(contact) => Control::open(contact).await.map(Some),
                None => Ok(None),
            }
        };
        Ok(tokio::try_join!(source, Control::open(&self.destination))?)
    }

    /// Connects the source, if it is a server.
    pub async fn open_source(&self, job: &Job, control: Option<Control>) -> Result<Option<Node>, Stop> {
        match &self.source {
            Some(contact) => Ok(Some(Node::open(contact, control, job.source.databases()).await?)),
            None => Ok(None),
        }
    }

    pub async fn open_destination(&self, control: Option<Control>) -> Result<DestinationNode, Stop> {
        Ok(DestinationNode::open(&self.destination, control).await?)
    }

    /// Waits until every connection is closed that is not used any more: servers limit their clients.
    pub async fn closed(&self) {
        for contact in self.source.iter().chain([&self.destination]) {
            contact.closed().await;
        }
    }
}

impl Endpoints {
    /// Connects source and destination of a job.
    pub async fn open(job: &Job, contacts: &Contacts) -> Result<Self, Stop> {
        let source = async {
            match (contacts.open_source(job, None).await?, &job.source) {
                (Some(node), _) => Ok(OpenSource::Server(Box::new(node))),
                (None, job::Source::Backup(backup)) => {
                    Ok(OpenSource::Backup(Box::new(BackupSource::open(backup).await?)))
                }
                (None, job::Source::Server(_)) => Err(Stop::Internal("the source has no contact".to_owned())),
            }
        };
        let destination = contacts.open_destination(None);
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

    /// What was read of each file; empty for a server.
    pub fn files(&self) -> Vec<FileTally> {
        match &self.source {
            OpenSource::Server(_) => Vec::new(),
            OpenSource::Backup(backup) => backup.files(),
        }
    }

    pub fn servers(&self) -> Servers {
        servers(self.node(), &self.destination)
    }

    /// Closes the connections. A later request opens them again.
    pub async fn close(&self) {
        if let Some(node) = self.node() {
            node.close().await;
        }
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

pub fn servers(source: Option<&Node>, destination: &DestinationNode) -> Servers {
    Servers {
        source: source.map(|node| node.server_facts().identity()).unwrap_or_default(),
        destination: destination.facts().identity(),
    }
}
