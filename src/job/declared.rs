//! What a job says about a server that cannot be asked.

use serde::Serialize;

use crate::version::{Flavour, Version};

/// Flavour and version of a server that answers neither `INFO` nor `TIME`, such as a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeclaredServer {
    /// Redis or Valkey.
    pub flavour: Flavour,
    /// Its version.
    pub version: Version,
}
