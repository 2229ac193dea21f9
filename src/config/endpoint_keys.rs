//! The keys of an endpoint, each in one row for source and destination alike, and the rules between them.

use super::elements::{
    Database, Element, ElementType, FilePath, Host, Password, Port, RdbPath, ServerUrl, SocketPath, SourceDatabase,
    Timeout, Username,
};
use crate::error::Side;

pub const SIDES: [Side; 2] = [Side::Source, Side::Destination];

/// What a key says about its endpoint. Rules are between parts, so that a new key only names its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Host,
    Port,
    Socket,
    /// A file in place of a server.
    File,
    /// Stands for single keys, and is replaced by them within its layer.
    Url,
    Database,
    User,
    /// Each key is another way to give the password.
    Password,
    /// How to talk to a server: a file has none of it.
    Connection,
}

impl Part {
    /// Each names where the endpoint is.
    pub const PLACES: [Self; 4] = [Self::Host, Self::Socket, Self::File, Self::Url];

    pub fn rule(self) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.part == self)
    }
}

/// What a part rules out.
pub struct Rule {
    pub part: Part,
    /// Keys of these parts cannot stand beside it in one layer.
    pub excludes: &'static [Part],
    /// Why not.
    pub why: &'static str,
    /// Keys of these parts do not count in weaker layers, and have no effect in stronger ones.
    pub displaces: &'static [Part],
}

pub static RULES: [Rule; 5] = [
    Rule {
        part: Part::File,
        excludes: &[Part::Host, Part::Port, Part::Socket, Part::Url, Part::User, Part::Password],
        why: "keys are read from a file or from a server",
        displaces: &[Part::Host, Part::Port, Part::Socket, Part::User, Part::Password, Part::Connection],
    },
    Rule {
        part: Part::Url,
        excludes: &[Part::Host, Part::Port, Part::Socket, Part::Database, Part::User, Part::Password],
        why: "a `url` stands instead of the single keys",
        displaces: &[],
    },
    Rule { part: Part::Host, excludes: &[], why: "", displaces: &[Part::Socket, Part::File] },
    Rule {
        part: Part::Socket,
        excludes: &[Part::Host, Part::Port],
        why: "a server is reached through a port or through a Unix socket",
        displaces: &[Part::Host, Part::Port, Part::File],
    },
    Rule {
        part: Part::Password,
        excludes: &[Part::Password],
        why: "the password is either given or read from the file",
        displaces: &[Part::Password],
    },
];

/// A key of an endpoint.
pub struct Row {
    pub name: &'static str,
    pub part: Part,
    pub sides: &'static [Side],
    pub element: ElementType,
    /// What the script's variable has after `SOURCE_REDIS_` or `DESTINATION_REDIS_`.
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

pub const ROWS: [Row; 12] = [
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
        "Database index; of a file (`source.rdb`) also `all`, where each key goes to the one that it comes from.",
    ),
    row::<Database>("db", Part::Database, &[Side::Destination], Some("DB_INDEX"), "Database index."),
    row::<Username>("username", Part::User, &SIDES, None, "ACL user; without one, the login is that of `default`."),
    row::<Password>("password", Part::Password, &SIDES, None, "Password; needs no escaping."),
    row::<FilePath>(
        "password_file",
        Part::Password,
        &SIDES,
        None,
        "File that holds the password; a newline at its end is dropped.",
    ),
    row::<ServerUrl>(
        "url",
        Part::Url,
        &SIDES,
        None,
        "`redis://[user[:password]@]host[:port][/db]` or `unix://[user[:password]@]/path[?db=N]`, instead of the single keys.",
    ),
    row::<RdbPath>(
        "rdb",
        Part::File,
        &[Side::Source],
        None,
        "RDB file that keys are read from, instead of a server; `-` is standard input. May be packed by gzip.",
    ),
    row::<Timeout>("connect_timeout", Part::Connection, &SIDES, None, "How long to wait for a connection."),
    row::<Timeout>("response_timeout", Part::Connection, &SIDES, None, "How long to wait for an answer."),
];
