//! The facts about a source.

use super::backup::BackupFacts;
use crate::job::CharSign;
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

    /// How the source compares bytes in patterns. A file contains no CPU, so it is like most servers.
    pub fn char_sign(&self) -> CharSign {
        match self {
            Self::Server(facts) => facts.char_sign,
            Self::Backup(_) => CharSign::default(),
        }
    }
}
