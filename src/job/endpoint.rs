//! A server as an endpoint: its address, login and timeouts.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::{ClusterSeeds, DeclaredServer, HostPort, ReadFrom, Secret, SentinelService, Tls};

/// A server, and how to connect to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The address.
    #[serde(flatten)]
    pub location: Location,
    /// Whether a host that is a node of a cluster is one server, and does not stand for its cluster.
    #[serde(rename = "cluster", serialize_with = "as_false", skip_serializing_if = "std::ops::Not::not")]
    pub is_single: bool,
    /// How connections are encrypted; `None` for plain ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Box<Tls>>,
    /// The database that its connections select, unless they are for another one.
    #[serde(skip)]
    pub db: u16,
    /// The ACL user; `None` logs in as `default`.
    pub username: Option<String>,
    /// The password of the user; without both, there is no login.
    pub password: Option<Secret>,
    /// Where the password is fetched again when a connection is lost. It has secrets, so no report contains it.
    #[serde(skip)]
    pub password_source: Option<PasswordSource>,
    /// How long to wait for a connection.
    #[serde(serialize_with = "super::as_text")]
    pub connect_timeout: Duration,
    /// How long to wait for a reply.
    #[serde(serialize_with = "super::as_text")]
    pub response_timeout: Duration,
    /// How long an outage may last before the server counts as lost; zero never reconnects.
    #[serde(serialize_with = "super::as_text")]
    pub retry: Duration,
    /// Whether keys are read from a replica that is not connected to its master. Only for a source.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_stale_replica: bool,
    /// What the server is, if it cannot be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<DeclaredServer>,
}

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Location {
    /// A TCP port.
    Tcp {
        /// Host name or IP address, without port and without brackets.
        host: String,
        /// 1–65535.
        port: u16,
    },
    /// A Unix socket.
    Socket {
        /// Its path, relative to the current directory.
        socket: PathBuf,
    },
    /// The server that Sentinels name.
    Sentinel(Box<SentinelService>),
    /// All nodes of a cluster.
    Cluster(Box<ClusterSeeds>),
}

impl Endpoint {
    /// `host:port`, an IPv6 address in brackets; or the path of a Unix socket.
    #[must_use]
    pub fn address(&self) -> String {
        self.location.to_string()
    }

    /// The host, if it is given.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        if let Location::Tcp { host, .. } = &self.location { Some(host) } else { None }
    }

    /// The service, if Sentinels name the server.
    #[must_use]
    pub fn service(&self) -> Option<&SentinelService> {
        match &self.location {
            Location::Sentinel(service) => Some(service),
            Location::Tcp { .. } | Location::Socket { .. } | Location::Cluster(_) => None,
        }
    }

    /// The cluster, if it is one.
    #[must_use]
    pub fn cluster(&self) -> Option<&ClusterSeeds> {
        if let Location::Cluster(seeds) = &self.location { Some(seeds) } else { None }
    }

    /// Whether a node of a cluster is asked for the other nodes.
    #[must_use]
    pub fn may_stand_for_cluster(&self) -> bool {
        matches!(self.location, Location::Tcp { .. } | Location::Cluster(_)) && !self.is_single
    }

    /// One node of the cluster. Its certificate is for its own host, unless a name is given.
    #[must_use]
    pub fn member(&self, HostPort { host, port }: HostPort) -> Self {
        let mut member = Self { location: Location::Tcp { host, port }, ..self.clone() };
        if let Some(tls) = member.tls.as_mut().filter(|tls| tls.server_name.is_none()) {
            tls.client.name = None;
        }
        member
    }

    /// Whether the server is a replica that Sentinels name.
    #[must_use]
    pub fn is_replica(&self) -> bool {
        self.service().is_some_and(|service| service.read_from == ReadFrom::Replica)
    }
}

/// Serialises that a host does not stand for its cluster, as in a job file.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
fn as_false<S: Serializer>(_: &bool, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bool(false)
}

/// Its name in messages.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { socket } => write!(f, "{}", socket.display()),
            Self::Sentinel(service) => service.fmt(f),
            Self::Cluster(seeds) => seeds.fmt(f),
        }
    }
}

/// Where a password comes from that may change during a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// A file.
    File(PathBuf),
    /// A program and its arguments. The first line of its output is the password.
    Command(Vec<String>),
}
