//! The keys of an endpoint, one row each for source and destination alike, and the rules between them.

use super::elements::{
    CertificateName, CommandWords, Database, Element, ElementType, FilePath, Flag, Host, Password, Pause, Port,
    RdbPath, ServerUrl, SocketPath, SourceDatabase, Timeout, TlsSwitch, Username,
};
use crate::error::Side;

pub const SIDES: [Side; 2] = [Side::Source, Side::Destination];

/// The part of an endpoint that a key describes. Rules are between parts, so a new key only names its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Host,
    Port,
    Socket,
    /// A file in place of a server.
    File,
    /// Is replaced by single keys within its layer.
    Url,
    Database,
    User,
    /// Each key is another source of the password.
    Password,
    /// Encryption: whether, and how.
    Tls,
    /// Connection settings of a server: a file has none.
    Connection,
}

impl Part {
    /// The parts that name where the endpoint is.
    pub const PLACES: [Self; 4] = [Self::Host, Self::Socket, Self::File, Self::Url];

    pub fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.part == self)
    }
}

/// The parts that a part rules out. A part with a rule has one key, or keys that exclude each other.
pub struct Rule {
    pub part: Part,
    /// A layer cannot have keys of these parts beside it.
    pub excludes: &'static [Part],
    /// The reason, for the message.
    pub why: &'static str,
    /// Keys of these parts do not count in weaker layers, and have no effect in stronger ones.
    pub displaces: &'static [Part],
}

pub static RULES: [Rule; 5] = [
    Rule {
        part: Part::File,
        excludes: &[Part::Host, Part::Port, Part::Socket, Part::Url, Part::User, Part::Password, Part::Tls],
        why: "keys are read from a file or from a server",
        displaces: &[Part::Host, Part::Port, Part::Socket, Part::User, Part::Password, Part::Tls, Part::Connection],
    },
    Rule {
        part: Part::Url,
        excludes: &[Part::Host, Part::Port, Part::Socket, Part::Database, Part::User, Part::Password],
        why: "a `url` replaces the single keys",
        displaces: &[],
    },
    Rule { part: Part::Host, excludes: &[], why: "", displaces: &[Part::Socket, Part::File] },
    Rule {
        part: Part::Socket,
        excludes: &[Part::Host, Part::Port],
        why: "a server is reached through a port or through a Unix socket",
        displaces: &[Part::Host, Part::Port, Part::File, Part::Tls],
    },
    Rule {
        part: Part::Password,
        excludes: &[Part::Password],
        why: "there is one way to give the password",
        displaces: &[Part::Password],
    },
];

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

pub const ROWS: [Row; 21] = [
    row::<Host>(
        "host",
        Part::Host,
        &SIDES,
        Some("HOST"),
        "Host name or IP address, without port. A destination has no default: it needs this, `socket` or `url`.",
    ),
    row::<Port>("port", Part::Port, &SIDES, Some("PORT"), "Port."),
    row::<SocketPath>(
        "socket",
        Part::Socket,
        &SIDES,
        None,
        "Path of a Unix socket, instead of host and port; relative to the current directory.",
    ),
    row::<SourceDatabase>(
        "db",
        Part::Database,
        &[Side::Source],
        Some("DB_INDEX"),
        "Database index. For a file (`source.rdb`) also `all`: each key keeps its database.",
    ),
    row::<Database>("db", Part::Database, &[Side::Destination], Some("DB_INDEX"), "Database index."),
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
         `rediss://` sets it, `redis://` unsets it.",
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
        "Name that the certificate of the server must have; without it, `host`.",
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
        "`redis://[user[:password]@]host[:port][/db]`, `rediss://…` (TLS) or `unix://[user[:password]@]/path[?db=N]`, instead of \
         the single keys.",
    ),
    row::<RdbPath>(
        "rdb",
        Part::File,
        &[Side::Source],
        None,
        "RDB file that keys are read from, instead of a server. `-` is standard input. The file may be compressed with gzip.",
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
];
