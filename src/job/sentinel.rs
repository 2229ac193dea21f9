//! A server that Sentinels name.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{Secret, Tls};

/// A service that Sentinels monitor: a master with its replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentinelService {
    /// The Sentinels, asked in this order; at least one.
    pub sentinel: Vec<HostPort>,
    /// The name under which they monitor the master.
    pub service: String,
    /// The ACL user at the Sentinels; `None` logs in as `default`.
    pub sentinel_username: Option<String>,
    /// The password at the Sentinels; without user and password, there is no login.
    pub sentinel_password: Option<Secret>,
    /// How connections to the Sentinels are encrypted; `None` for plain ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentinel_tls: Option<Box<Tls>>,
    /// Which of its servers.
    pub read_from: ReadFrom,
    /// The addresses that Sentinels report, and the ones to use instead.
    pub address_map: BTreeMap<HostPort, HostPort>,
}

/// Which server of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadFrom {
    /// The master.
    Master,
    /// A replica that is connected to the master. Only for a source.
    Replica,
}

/// A TCP address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// Host name or IP address, without brackets.
    pub host: String,
    /// 1–65535.
    pub port: u16,
}

/// `host:port`, an IPv6 address in brackets.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl Serialize for HostPort {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Its name in messages: the service, and the first Sentinel.
impl fmt::Display for SentinelService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.service)?;
        self.sentinel.first().map_or(Ok(()), |first| write!(f, "@{first}"))
    }
}
