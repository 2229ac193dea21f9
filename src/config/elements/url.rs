//! An endpoint in one word: `redis://[user[:password]@]host[:port][/db]` or `unix://[user[:password]@]/path[?db=N]`.
//! `rediss://` is the same with TLS; `valkey://` and `valkeys://` are the same as `redis://` and `rediss://`.
//! `redis-cluster://…[/db]` names nodes of a cluster, and `redis-sentinel://…/service[/db]` Sentinels.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::address::{NODE_PORT, SENTINEL_PORT, read_address};
use super::element::{Element, Rejection, ValueKind};
use super::host::Host;
use super::path::FilePath;
use crate::job::{ClusterSeeds, HostPort, Location, ReadFrom, Secret, SentinelService};

/// The schemes of TCP, and whether they mean TLS.
const SCHEMES: [(&str, bool); 4] =
    [("redis://", false), ("valkey://", false), ("rediss://", true), ("valkeys://", true)];

/// The port of a URL that has none.
const DEFAULT_PORT: u16 = 6379;

const TCP_FORM: &str = "`redis://[user[:password]@]host[:port][/db]`";
const SOCKET_FORM: &str = "`unix://[user[:password]@]/path[?db=N]`";

const TCP_PATTERN: &str =
    r"^(redis|valkey)s?://([^/?#\s]*@)?(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+)(:[0-9]{1,5})?(/[0-9]{0,5})?$";
const SOCKET_PATTERN: &str = r"^unix://([^/?#\s]*@)?/[^?#]+(\?db=[0-9]{1,5})?$";
const CLUSTER_FORM: &str = "`redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]`";
const SENTINEL_FORM: &str = "`redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`";
/// The login of several servers, and their addresses.
const LOGIN: &str = r"([^/?#\s]*@)?";
const ADDRESSES: &str = r"(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+)(:[0-9]{1,5})?(,(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+)(:[0-9]{1,5})?)*";

/// The endpoint that a URL names. No message shows a part of a URL that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// The port is 6379 if the URL has none.
    pub location: Location,
    /// Whether connections are encrypted, if the scheme says it.
    pub tls: Option<bool>,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub db: Option<u16>,
}

impl Element for ServerUrl {
    type Value = Self;
    const KIND: ValueKind = ValueKind::Secret;
    const EXPECTED: &'static str = "`redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]/path[?db=N]`, \
         `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or \
         `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`";

    fn from_text(text: &str) -> Result<Self, Rejection> {
        let of_tcp = SCHEMES.iter().find_map(|(scheme, tls)| Some((text.strip_prefix(scheme)?, *tls)));
        let (parsed, form) = if let Some((rest, tls)) = of_tcp {
            (tcp(rest, tls), TCP_FORM)
        } else if let Some(rest) = text.strip_prefix("unix://") {
            (socket(rest), SOCKET_FORM)
        } else if let Some(rest) = text.strip_prefix("redis-cluster://") {
            (cluster(rest), CLUSTER_FORM)
        } else if let Some(rest) = text.strip_prefix("redis-sentinel://") {
            (sentinel(rest), SENTINEL_FORM)
        } else if text.starts_with("unix:") {
            (Err(Flaw::with_hint("does not begin with `unix://`", THREE_SLASHES)), SOCKET_FORM)
        } else {
            (Err(about_scheme(text)), Self::EXPECTED)
        };
        parsed.map_err(|flaw| {
            Rejection::because(format!("{}: it must be {form}", flaw.what), flaw.hint.map(str::to_owned))
        })
    }

    fn schema() -> Json {
        let cluster = format!(r"^redis-cluster://{LOGIN}{ADDRESSES}(/[0-9]{{0,5}})?$");
        let sentinel = format!(r"^redis-sentinel://{LOGIN}{ADDRESSES}/[^/?#\s@]+(/[0-9]{{0,5}})?$");
        let pattern = [TCP_PATTERN, SOCKET_PATTERN, &cluster, &sentinel].join("|");
        json!({
            "type": "string",
            "pattern": pattern,
            "examples": ["redis://cache.internal:6379/0", "rediss://cache.internal:6379/0", "unix:///run/redis/redis.sock?db=0"],
        })
    }
}

/// What is wrong with a URL.
struct Flaw {
    /// Fits after the key.
    what: String,
    hint: Option<&'static str>,
}

impl Flaw {
    fn with_hint(what: &str, hint: &'static str) -> Self {
        Self { what: what.to_owned(), hint: Some(hint) }
    }
}

impl From<&str> for Flaw {
    fn from(what: &str) -> Self {
        Self { what: what.to_owned(), hint: None }
    }
}

const THREE_SLASHES: &str = "the path begins with the third slash, as in `unix:///run/redis/redis.sock`; for a relative \
                             one, use the key `socket`";
const DATABASE_OF_SOCKET: &str = "the database is given as `?db=N` after the path, user and password before it, as in \
                                  `unix://user:password@/run/redis/redis.sock?db=3`";

/// Shows the scheme only if it looks like one: then it holds no secret.
fn about_scheme(text: &str) -> Flaw {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_plain =
        |scheme: &&str| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    match scheme.filter(is_plain) {
        Some(scheme) if scheme.contains("sentinel") => Flaw::with_hint(
            &format!("has the scheme `{scheme}://`, which is not supported"),
            "Sentinels are given as `redis-sentinel://host:26379/service`, or as `sentinel` and `service`",
        ),
        Some(scheme) if scheme.contains("cluster") => Flaw::with_hint(
            &format!("has the scheme `{scheme}://`, which is not supported"),
            "a cluster is given as `redis-cluster://host:6379`, or as `cluster`; it has TLS by `tls = true`",
        ),
        Some(scheme) => format!("has the scheme `{scheme}://`, which is not supported").as_str().into(),
        None => "does not begin with `redis://` or `unix://`".into(),
    }
}

fn tcp(rest: &str, tls: bool) -> Result<ServerUrl, Flaw> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if rest.contains(['?', '#']) {
        return Err(
            "contains a `?` or a `#`, which ends the address of a URL (in a user name or password, write `%3F` or `%23`)".into(),
        );
    }
    let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    if path.contains('@') {
        return Err(
            "contains a `/` before its `@`, which ends the address of a URL (in a user name or password, write `%2F`)"
                .into(),
        );
    }
    let (username, password) = parse_login(login)?;
    let location = parse_address(address)?;
    Ok(ServerUrl { location, tls: Some(tls), username, password, db: parse_path(path)? })
}

fn socket(rest: &str) -> Result<ServerUrl, Flaw> {
    let (address, query) = rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)));
    let (authority, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    if path.len() < 2 {
        let what = if path.is_empty() { "has no path" } else { "has an empty path" };
        return Err(Flaw::with_hint(what, THREE_SLASHES));
    }
    let Some(login) = authority.strip_suffix('@').or(authority.is_empty().then_some("")) else {
        let what = "has a host, but a Unix socket has none (in a user name or password, `/` is written `%2F`)";
        return Err(Flaw::with_hint(what, THREE_SLASHES));
    };
    if rest.contains('#') {
        return Err("contains a `#`, which ends the address of a URL (write `%23`)".into());
    }
    let (username, password) = parse_login(login)?;
    let socket = FilePath::from_text(&percent_decoded(path)?).map_err(|_| "has a NUL in its path")?;
    let db = query.map(parse_query).transpose()?;
    Ok(ServerUrl { location: Location::Socket { socket }, tls: None, username, password, db })
}

/// The login and the addresses of several servers, and the path after them.
struct Several<'u> {
    username: Option<String>,
    password: Option<Secret>,
    addresses: Vec<HostPort>,
    path: &'u str,
}

fn several(rest: &str, default_port: u16) -> Result<Several<'_>, Flaw> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if rest.contains(['?', '#']) || path.contains('@') {
        return Err(
            "contains a `?`, a `#`, or a `/` before its `@` (in a user name or password, write `%3F`, `%23` or `%2F`)"
                .into(),
        );
    }
    let (login, addresses) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (username, password) = parse_login(login)?;
    let addresses = addresses.split(',').map(|address| read_address(address, Some(default_port)));
    match addresses.collect() {
        Some(addresses) => Ok(Several { username, password, addresses, path }),
        None => Err("has an address that is not `host` or `host:port`".into()),
    }
}

/// User and password are those of each node.
fn cluster(rest: &str) -> Result<ServerUrl, Flaw> {
    let Several { username, password, addresses, path } = several(rest, NODE_PORT)?;
    let seeds = ClusterSeeds { cluster: addresses, read_from: ReadFrom::Master, address_map: BTreeMap::new() };
    let location = Location::Cluster(Box::new(seeds));
    Ok(ServerUrl { location, tls: None, username, password, db: parse_path(path)? })
}

/// User and password are those of the server.
fn sentinel(rest: &str) -> Result<ServerUrl, Flaw> {
    let Several { username, password, addresses, path } = several(rest, SENTINEL_PORT)?;
    let (service, db) = path.split_once('/').unwrap_or((path, ""));
    if service.is_empty() {
        return Err("has no service after its addresses".into());
    }
    let service = SentinelService {
        sentinel: addresses,
        service: percent_decoded(service)?,
        sentinel_username: None,
        sentinel_tls: None,
        sentinel_password: None,
        read_from: ReadFrom::Master,
        address_map: BTreeMap::new(),
    };
    let location = Location::Sentinel(Box::new(service));
    Ok(ServerUrl { location, tls: None, username, password, db: parse_path(db)? })
}

/// The database, if there is one.
fn parse_path(path: &str) -> Result<Option<u16>, Flaw> {
    if path.is_empty() { Ok(None) } else { parse_db(path).map(Some) }
}

/// Its message does not show an unknown key: it may be a part of a password.
fn parse_query(query: &str) -> Result<u16, Flaw> {
    match query.strip_prefix("db=").filter(|db| !db.contains(['&', '='])) {
        Some(db) => parse_db(db).map_err(|flaw| Flaw { hint: Some(DATABASE_OF_SOCKET), ..flaw }),
        None => Err(Flaw::with_hint("has something other than `db=N` after its `?`", DATABASE_OF_SOCKET)),
    }
}

fn parse_login(login: &str) -> Result<(Option<String>, Option<Secret>), Flaw> {
    let (username, password) = match login.split_once(':') {
        Some((username, password)) => (username, Some(password)),
        None => (login, None),
    };
    if username.contains('@') {
        return Err(
            "contains an `@` in its user name, or lacks the `:` before its password (write `%40` for an `@`)".into()
        );
    }
    let username = if username.is_empty() { None } else { Some(percent_decoded(username)?) };
    let password = password.map(|text| percent_decoded(text).map(Secret::new)).transpose()?;
    Ok((username, password))
}

fn parse_address(address: &str) -> Result<Location, Flaw> {
    let (host, port) = match address.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
    };
    let bracketed = address.starts_with('[');
    if !Host::is_valid(host) || host.contains(':') != bracketed {
        return Err(
            "has no valid host name or IP address after its `@` or `//` (an IPv6 address stands in brackets; in \
                    a user name or password, `/` is written `%2F`)"
                .into(),
        );
    }
    Ok(Location::Tcp { host: host.to_owned(), port: port.map_or(Ok(DEFAULT_PORT), parse_port)? })
}

fn parse_port(text: &str) -> Result<u16, Flaw> {
    let port = whole_number(text).filter(|port| *port != 0);
    port.ok_or_else(|| "has a port that is not between 1 and 65535".into())
}

fn parse_db(text: &str) -> Result<u16, Flaw> {
    whole_number(text).ok_or_else(|| "has a database that is not between 0 and 65535".into())
}

/// `parse` accepts a `+` too.
fn whole_number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn percent_decoded(text: &str) -> Result<String, Flaw> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err("contains a `%` without two hexadecimal digits after it (write `%25` for a `%`)".into());
        };
        bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits make a byte"));
    }
    String::from_utf8(bytes)
        .map_err(|_| "contains a user name, password or path that is not UTF-8 after decoding".into())
}

#[cfg(test)]
mod tests;
