//! Why a job waits for a server.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// Why a server cannot answer for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaitCause {
    /// The connection was closed, or cannot be opened.
    Disconnected,
    /// No byte arrived for a while, and the connection is still open.
    NoAnswer,
    /// It loads its data.
    Loading,
    /// It runs a script.
    Busy,
    /// It moves the slot of a key to another node.
    TryAgain,
    /// Its cluster is down.
    ClusterDown,
    /// It is a replica without a connection to its master.
    MasterDown,
    /// It is a replica that rejects writes.
    ReadOnly,
}

impl fmt::Display for WaitCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disconnected => "disconnected",
            Self::NoAnswer => "no answer",
            Self::Loading => "LOADING",
            Self::Busy => "BUSY",
            Self::TryAgain => "TRYAGAIN",
            Self::ClusterDown => "CLUSTERDOWN",
            Self::MasterDown => "MASTERDOWN",
            Self::ReadOnly => "READONLY",
        })
    }
}
