//! The facts about a source.

use super::backup::BackupFacts;
use crate::server::ServerFacts;

/// The facts about a source.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceFacts {
    /// A server.
    Server(ServerFacts),
    /// A file.
    Backup(BackupFacts),
}

impl SourceFacts {
    /// The name in error logs: `host:port`, or the file.
    pub fn name(&self) -> &str {
        match self {
            Self::Server(facts) => &facts.address,
            Self::Backup(facts) => &facts.name,
        }
    }
}
