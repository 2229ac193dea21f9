//! A source of either kind.

use std::time::Duration;

use super::{Backup, Found, Held, Look, Reading, Server, SourceFacts};
use crate::entry::Key;
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::Refusal;

/// Where a job's keys are read from.
#[derive(Debug)]
pub enum Source {
    /// A server, which is asked for keys and values.
    Server(Box<Server>),
    /// A file, which hands out keys together with their values.
    Backup(Backup),
}

impl Source {
    /// What it is.
    #[must_use]
    pub fn facts(&self) -> SourceFacts {
        match self {
            Self::Server(server) => SourceFacts::Server(server.facts().clone()),
            Self::Backup(backup) => SourceFacts::Backup(backup.facts().clone()),
        }
    }

    /// The server, if it is one.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        match self {
            Self::Server(server) => Some(server),
            Self::Backup(_) => None,
        }
    }

    /// Who wrote its payloads.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::Server(server) => server.origin(),
            Self::Backup(backup) => backup.facts().origin(),
        }
    }

    /// How long a question and its answer take; nothing where nobody is asked.
    #[must_use]
    pub fn trip(&self) -> Duration {
        self.server().map_or(Duration::ZERO, |server| server.clock().trip())
    }

    /// Whether a key may be handed out again, as `SCAN` does at times.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        self.server().is_some()
    }

    /// How many keys it has, where that is known before it is walked.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn key_count(&self) -> Result<Option<u64>, EndpointError> {
        match self {
            Self::Server(server) => server.control().key_count().await,
            Self::Backup(_) => Ok(None),
        }
    }

    /// Whether the job is for a key that was handed out, by its name.
    #[must_use]
    pub fn takes_name(&self, selection: &Selection, key: &Key) -> bool {
        match self {
            Self::Server(_) => selection.takes_scanned(key.as_bytes()),
            Self::Backup(_) => selection.takes_name(key.as_bytes()),
        }
    }

    /// Whether keys that were handed out have still to be sorted out by type.
    #[must_use]
    pub fn sorts_types(&self, selection: &Selection) -> bool {
        match self {
            Self::Server(server) => server.asks_types(selection),
            Self::Backup(_) => !selection.types.is_empty(),
        }
    }

    /// The types of keys, by the names that `TYPE` gives them; `None` for one that is gone.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn types(&self, found: &[Found]) -> Result<Vec<Result<Option<String>, Refusal>>, EndpointError> {
        match self {
            Self::Server(server) => {
                let replies = server.types(found.iter().map(Found::key)).await?;
                Ok(replies.iter().map(Reading::of_type).collect())
            }
            Self::Backup(_) => {
                Ok(of_file(found).map(|held| Ok(Some(held.record.type_name.clone().into_owned()))).collect())
            }
        }
    }

    /// Looks at keys: their types, and whether they expire.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn look(&self, found: &[Found]) -> Result<Vec<Look>, EndpointError> {
        match self {
            Self::Server(server) => server.look(found.iter().map(Found::key)).await,
            Self::Backup(_) => Ok(of_file(found).map(Held::look).collect()),
        }
    }

    /// What keys take: of a server's memory, or of the file; `None` where that cannot be told.
    ///
    /// # Errors
    ///
    /// The replies are not all there.
    pub async fn weigh(&self, found: &[&Found]) -> Result<Vec<Option<u64>>, EndpointError> {
        match self {
            Self::Server(server) => server.memory_usage(found.iter().map(|found| found.key())).await,
            Self::Backup(_) => Ok(of_file(found.iter().copied()).map(|held| Some(held.record.length)).collect()),
        }
    }

    /// Reads keys: when each expires, and its payload.
    ///
    /// # Errors
    ///
    /// The replies are not all there. The keys come back, for somebody to account for them.
    pub async fn read(&self, found: Vec<Found>) -> Result<Vec<Reading>, (Vec<Key>, EndpointError)> {
        match self {
            Self::Server(server) => server.read(found.into_iter().map(Found::into_key).collect()).await,
            Self::Backup(_) => Ok(found.into_iter().filter_map(Found::into_held).map(Held::into_reading).collect()),
        }
    }

    /// What is wrong with it, whatever the key.
    #[must_use]
    pub fn problem(&self, problem: EndpointProblem) -> EndpointError {
        match self {
            Self::Server(server) => server.control().address().problem(problem),
            Self::Backup(backup) => EndpointError { side: Side::Source, server: backup.facts().name.clone(), problem },
        }
    }
}

/// What a file handed out.
fn of_file<'f>(found: impl IntoIterator<Item = &'f Found>) -> impl Iterator<Item = &'f Held> {
    found.into_iter().filter_map(Found::held)
}
