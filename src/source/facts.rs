//! What a source is.

use super::backup::BackupFacts;
use crate::server::ServerFacts;

/// What was found where keys are read from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceFacts {
    /// A server.
    Server(ServerFacts),
    /// A file.
    Backup(BackupFacts),
}

impl SourceFacts {
    /// As error logs name it: `host:port`, or the file.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Server(facts) => &facts.address,
            Self::Backup(facts) => &facts.name,
        }
    }
}
