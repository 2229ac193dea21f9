//! The servers that tests use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::installed::installed_by;

/// A server's flavour and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The last version without `PEXPIRETIME`.
    Redis62,
    /// The version that distributions ship.
    Redis70,
    /// Supports hash fields that expire.
    Redis82,
    /// Valkey, which writes such fields in its own form.
    Valkey91,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Redis62, Self::Redis70, Self::Redis82, Self::Valkey91];

    /// Its name in `servers.sh`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis62 => "redis-6.2",
            Self::Redis70 => "redis-7.0",
            Self::Redis82 => "redis-8.2",
            Self::Valkey91 => "valkey-9.1",
        }
    }

    /// Its program.
    pub fn program(self) -> &'static Path {
        static INSTALLED: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
        INSTALLED
            .get_or_init(|| installed_by("servers.sh"))
            .get(self.name())
            .expect("servers.sh prints all servers or fails")
    }

    /// The arguments that allow `DEBUG`.
    pub fn debug_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Redis62 => &[],
            _ => &["--enable-debug-command", "local"],
        }
    }
}
