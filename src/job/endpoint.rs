//! A server as an endpoint: its address, login and timeouts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::{Serialize, Serializer};

/// A server, and how to connect to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The address.
    #[serde(flatten)]
    pub location: Location,
    /// How connections are encrypted; `None` for plain ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Box<Tls>>,
    /// Database index.
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

/// Where a password comes from that may change during a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// A file.
    File(PathBuf),
    /// A program and its arguments. The first line of its output is the password.
    Command(Vec<String>),
}

/// TLS to a server. The files have been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tls {
    /// The CAs that are trusted, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The client certificate.
    pub cert_file: Option<PathBuf>,
    /// The name that the server's certificate must have.
    pub server_name: String,
    /// Whether the server's certificate is verified.
    pub verify: bool,
    /// What a connection is made with.
    #[serde(skip)]
    pub client: TlsClient,
}

/// The settings of the TLS library, which all connections to a server share.
#[derive(Clone)]
pub struct TlsClient {
    /// Versions, trusted certificates, client certificate.
    pub config: Arc<ClientConfig>,
    /// The name that the server's certificate must have.
    pub name: ServerName<'static>,
}

/// Shows no key.
impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for TlsClient {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config) && self.name == other.name
    }
}

impl Eq for TlsClient {}

/// Text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A text without one newline at its end: editors add it to the last line of a file.
    #[must_use]
    pub fn without_newline(text: &str) -> &str {
        text.strip_suffix('\n').map_or(text, |rest| rest.strip_suffix('\r').unwrap_or(rest))
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
    fn one_newline_at_the_end_of_a_password_file_is_dropped() {
        let cases =
            [("p", "p"), ("p\n", "p"), ("p\r\n", "p"), ("p\n\n", "p\n"), ("p ", "p "), ("p\r", "p\r"), ("", "")];
        for (text, password) in cases {
            assert_eq!(Secret::without_newline(text), password, "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_printed_as_stars() {
        let secret = Secret::new("p4ss");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).expect("a string"), "\"***\"");
    }
}
