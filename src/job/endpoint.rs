//! A server as an endpoint: its address, login and timeouts.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// A server, and how to connect to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The address.
    #[serde(flatten)]
    pub location: Location,
    /// Database index.
    pub db: u16,
    /// The ACL user; `None` logs in as `default`.
    pub username: Option<String>,
    /// The password of the user; without both, there is no login.
    pub password: Option<Secret>,
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
}

impl Endpoint {
    /// `host:port`, an IPv6 address in brackets; or the path of a Unix socket.
    #[must_use]
    pub fn address(&self) -> String {
        self.location.to_string()
    }
}

/// Its name in messages.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { socket } => write!(f, "{}", socket.display()),
        }
    }
}

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, only to be sent to a server.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printed_as_stars() {
        let secret = Secret::new("p4ss");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).expect("a string"), "\"***\"");
    }
}
