//! The keys of an endpoint, one row each for source and destination alike.

use super::elements::{
    AddressMap, CertificateName, ClusterNodes, CommandWords, DestinationDatabases, Element, ElementType, EndpointName,
    FilePath, Flag, Host, Password, Pause, Port, RdbPaths, SentinelAddresses, ServerTable, ServerUrl, ServiceName,
    SocketPath, SourceDatabases, Timeout, TlsSwitch, Username,
};
use super::endpoint_parts::Part;
use crate::error::Side;
use crate::job::ReadFrom;

pub const SIDES: [Side; 2] = [Side::Source, Side::Destination];

/// A key of an endpoint.
pub struct Row {
    pub name: &'static str,
    pub part: Part,
    pub sides: &'static [Side],
    pub element: ElementType,
    /// The script's variable, without `SOURCE_REDIS_` or `DESTINATION_REDIS_`.
    pub script: Option<&'static str>,
    pub about: &'static str,
}

const fn row<E: Element>(
    name: &'static str,
    part: Part,
    sides: &'static [Side],
    script: Option<&'static str>,
    about: &'static str,
) -> Row {
    Row { name, part, sides, element: ElementType::of::<E>(), script, about }
}

pub const ROWS: [Row; 33] = [
    row::<EndpointName>(
        "endpoint",
        Part::Name,
        &SIDES,
        None,
        "Name of a table `[endpoint.NAME]` whose keys count, unless they are given here, too. The name alone, in place of the table, is short for it.",
    ),
    row::<Host>(
        "host",
        Part::Host,
        &SIDES,
        Some("HOST"),
        "Host name or IP address, without port. It has no default in job files: they must name each endpoint.",
    ),
    row::<Port>("port", Part::Port, &SIDES, Some("PORT"), "Port."),
    row::<SocketPath>(
        "socket",
        Part::Socket,
        &SIDES,
        None,
        "Path of a Unix socket, instead of host and port; relative to the current directory.",
    ),
    row::<ClusterNodes>(
        "cluster",
        Part::Cluster,
        &SIDES,
        None,
        "Nodes of a cluster (`host` or `host:port`, 6379 by default), instead of host and port. One is enough; they are asked in \
         this order for all nodes. `false`: `host` is one node, and does not stand for its cluster.",
    ),
    row::<SentinelAddresses>(
        "sentinel",
        Part::Sentinel,
        &SIDES,
        None,
        "Addresses of Sentinels (`host` or `host:port`, 26379 by default), instead of host and port. They are asked in this order \
         at each connection.",
    ),
    row::<ServiceName>(
        "service",
        Part::Service,
        &SIDES,
        None,
        "The name under which the Sentinels monitor the master. Required with `sentinel`.",
    ),
    row::<ReadFrom>(
        "read_from",
        Part::Announced,
        &[Side::Source],
        None,
        "With `sentinel` or `cluster`: whether keys are read from the master (the default), or from a replica that is connected \
         to it.",
    ),
    row::<Username>(
        "sentinel_username",
        Part::SentinelSetting,
        &SIDES,
        None,
        "ACL user at the Sentinels; without one, the user is `default`.",
    ),
    row::<Password>("sentinel_password", Part::SentinelPassword, &SIDES, None, "Password for the Sentinels."),
    row::<FilePath>(
        "sentinel_password_file",
        Part::SentinelPassword,
        &SIDES,
        None,
        "File that contains the password for the Sentinels. A newline at the end is ignored.",
    ),
    row::<Flag>(
        "sentinel_tls",
        Part::SentinelSetting,
        &SIDES,
        None,
        "Whether the Sentinels are asked over TLS, with the files of the table `tls`; `false` by default.",
    ),
    row::<AddressMap>(
        "address_map",
        Part::Announced,
        &SIDES,
        None,
        "Addresses that Sentinels or the nodes of a cluster report, and the ones to use instead: `{ \"10.0.0.5:6379\" = \"localhost:7001\" }`.",
    ),
    row::<SourceDatabases>(
        "db",
        Part::Database,
        &[Side::Source],
        Some("DB_INDEX"),
        "Database index, a list of indexes, or `all`: every database that has keys.",
    ),
    row::<DestinationDatabases>(
        "db",
        Part::Database,
        &[Side::Destination],
        Some("DB_INDEX"),
        "Database index; `same`: each key keeps its database; or a map from the databases of the source, such as \
         `{ \"0\" = 5, \"3\" = 0 }`. If several databases are read, the default is `same`.",
    ),
    row::<Username>("username", Part::User, &SIDES, None, "ACL user; without one, the user is `default`."),
    row::<Password>("password", Part::Password, &SIDES, None, "Password; needs no escaping."),
    row::<FilePath>(
        "password_file",
        Part::Password,
        &SIDES,
        None,
        "File that contains the password. A newline at the end is ignored. It is read again at each reconnect.",
    ),
    row::<CommandWords>(
        "password_command",
        Part::Password,
        &SIDES,
        None,
        "Command that prints the password: a list of words, run without a shell. Its first line of output counts. It is \
         run again at each reconnect.",
    ),
    row::<TlsSwitch>(
        "tls",
        Part::Tls,
        &SIDES,
        None,
        "Whether connections are encrypted: `true`, `false`, or a table of the following keys, which means `true`. The scheme \
         `rediss://` sets it, `redis://` unsets it. For Sentinels, see `sentinel_tls`.",
    ),
    row::<FilePath>(
        "tls.ca_file",
        Part::Tls,
        &SIDES,
        None,
        "File with the certificates of the CAs that are trusted, in PEM format, instead of those of the system.",
    ),
    row::<FilePath>(
        "tls.cert_file",
        Part::Tls,
        &SIDES,
        None,
        "File with the client certificate and its chain, in PEM format, for a server that requires one.",
    ),
    row::<FilePath>(
        "tls.key_file",
        Part::Tls,
        &SIDES,
        None,
        "File with the private key of the client certificate, in PEM format, not encrypted.",
    ),
    row::<CertificateName>(
        "tls.server_name",
        Part::Tls,
        &SIDES,
        None,
        "Name that the certificate of the server must have; without it, `host`, or the host that Sentinels or \
         the nodes of a cluster report.",
    ),
    row::<Flag>(
        "tls.verify",
        Part::Tls,
        &SIDES,
        None,
        "Whether the certificate of the server is verified; without it, `true`. `false` is not safe.",
    ),
    row::<ServerUrl>(
        "url",
        Part::Url,
        &SIDES,
        None,
        "`redis://[user[:password]@]host[:port][/db]`, `rediss://…` (TLS), `unix://[user[:password]@]/path[?db=N]`, \
         `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or \
         `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`, instead of the single keys.",
    ),
    row::<RdbPaths>(
        "rdb",
        Part::File,
        &[Side::Source],
        None,
        "RDB file that keys are read from, instead of a server: a path, a glob, or a list of them. `-` is standard input. Files may be \
         compressed with gzip.",
    ),
    row::<Timeout>("connect_timeout", Part::Connection, &SIDES, None, "The longest time to wait for a connection."),
    row::<Timeout>("response_timeout", Part::Connection, &SIDES, None, "The longest time to wait for a reply."),
    row::<Pause>(
        "retry",
        Part::Connection,
        &SIDES,
        None,
        "The longest time to reconnect after a lost connection, or to wait for a server that is loading or busy. `0s` ends the \
         job at once.",
    ),
    row::<Flag>(
        "allow_stale_replica",
        Part::Connection,
        &[Side::Source],
        None,
        "Whether keys are read from a replica that is not connected to its master. Its data may be old or missing.",
    ),
    row::<ServerTable>(
        "server",
        Part::Connection,
        &SIDES,
        None,
        "What the server is, if it does not answer `INFO` and `TIME`: `{ flavour = \"redis\", version = \"7.0\" }`. It is not \
         asked then.",
    ),
    row::<Flag>(
        "read_only",
        Part::Guard,
        &SIDES,
        None,
        "Whether the endpoint must never be written to; `false` by default. A job is refused if it is its destination. Once \
         `true`, no stronger layer unsets it.",
    ),
];
