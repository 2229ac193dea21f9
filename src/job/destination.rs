//! Where a job's keys are written to.

use std::ops::Deref;

use serde::Serialize;

use super::{Endpoint, TargetDatabases};

/// A server that keys are written to, and the databases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// Which databases.
    pub db: TargetDatabases,
    /// The server. Its connections select the first of the databases, unless they are for another one.
    #[serde(flatten)]
    pub endpoint: Endpoint,
}

/// A destination is always a server.
impl Deref for Destination {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}
