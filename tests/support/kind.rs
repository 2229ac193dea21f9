//! The servers that tests use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

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
        INSTALLED.get_or_init(install).get(self.name()).expect("servers.sh prints all servers or fails")
    }

    /// The arguments that allow `DEBUG`.
    pub fn debug_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Redis62 => &[],
            _ => &["--enable-debug-command", "local"],
        }
    }
}

/// Installs missing servers. If one cannot be installed, every test that needs a server fails.
fn install() -> HashMap<String, PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/servers.sh");
    let output = Command::new(&script).stdin(Stdio::null()).output().expect("servers.sh can be executed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed ({}):\n{stderr}", script.display(), output.status);
    String::from_utf8(output.stdout)
        .expect("paths that are UTF-8")
        .lines()
        .map(|line| line.split_once('\t').expect("NAME<TAB>PATH"))
        .map(|(name, path)| (name.to_owned(), PathBuf::from(path)))
        .collect()
}
