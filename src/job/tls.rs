//! TLS to a server.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Serialize;

/// TLS to a server. The files have been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tls {
    /// The CAs that are trusted, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The client certificate.
    pub cert_file: Option<PathBuf>,
    /// The name that the server's certificate must have; `None` for its host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
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
    /// The name that the server's certificate must have; `None` for the host that Sentinels or nodes of a cluster name.
    pub name: Option<ServerName<'static>>,
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
