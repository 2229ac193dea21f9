//! `redis://[user[:password]@]host[:port][/db]`.

use serde_json::{Value as Json, json};

use super::element::{Element, Kind, Refusal};
use super::host::Host;
use crate::job::{Location, Secret};

/// What a URL without port means.
const DEFAULT_PORT: u16 = 6379;

const FORM: &str = "`redis://[user[:password]@]host[:port][/db]`";

const PATTERN: &str =
    r"^redis://([^/?#\s]*@)?(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+)(:[0-9]{1,5})?(/[0-9]{0,5})?$";

/// An end in one word. No message about one shows any of it that might be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// The port is 6379 where the URL names none.
    pub location: Location,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub db: Option<u16>,
}

impl Element for ServerUrl {
    type Value = Self;
    const KIND: Kind = Kind::Secret;
    const EXPECTED: &'static str = FORM;

    fn from_text(text: &str) -> Result<Self, Refusal> {
        let rest = text.strip_prefix("redis://").ok_or_else(|| because(&about_scheme(text)))?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if rest.contains(['?', '#']) {
            return Err(because(
                "holds a `?` or a `#`, which end a URL's address (in a user name or password, write `%3F` or `%23`)",
            ));
        }
        let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (username, password) = parse_login(login)?;
        let location = parse_address(address)?;
        let db = if path.is_empty() { None } else { Some(parse_db(path)?) };
        Ok(Self { location, username, password, db })
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN, "examples": ["redis://cache.internal:6379/0"] })
    }
}

fn because(what: &str) -> Refusal {
    Refusal::because(format!("{what}: it must be {FORM}"))
}

/// Names the scheme, if it looks like one and thus holds no secret.
fn about_scheme(text: &str) -> String {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    match scheme.filter(|scheme| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+')) {
        Some(scheme) => format!("has the scheme `{scheme}://`, which is not supported"),
        None => "does not begin with `redis://`".to_owned(),
    }
}

fn parse_login(login: &str) -> Result<(Option<String>, Option<Secret>), Refusal> {
    let (username, password) = match login.split_once(':') {
        Some((username, password)) => (username, Some(password)),
        None => (login, None),
    };
    let username = if username.is_empty() { None } else { Some(percent_decoded(username)?) };
    let password = password.map(|text| percent_decoded(text).map(Secret::new)).transpose()?;
    Ok((username, password))
}

fn parse_address(address: &str) -> Result<Location, Refusal> {
    let (host, port) = match address.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
    };
    let bracketed = address.starts_with('[');
    if !Host::is_valid(host) || host.contains(':') != bracketed {
        return Err(because(
            "has no valid host name or IP address after its `@` or `//` (an IPv6 address stands in brackets; in a user \
             name or password, `/` is written `%2F`)",
        ));
    }
    Ok(Location::Tcp { host: host.to_owned(), port: port.map_or(Ok(DEFAULT_PORT), parse_port)? })
}

fn parse_port(text: &str) -> Result<u16, Refusal> {
    let port = whole_number(text).filter(|port| *port != 0);
    port.ok_or_else(|| because("has a port that is not between 1 and 65535"))
}

fn parse_db(text: &str) -> Result<u16, Refusal> {
    whole_number(text).ok_or_else(|| because("has a database that is not between 0 and 65535"))
}

/// `parse` takes a `+` as well.
fn whole_number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn percent_decoded(text: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(because(
                "holds a `%` that two hexadecimal digits do not follow (a `%` itself is written `%25`)",
            ));
        };
        bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits make a byte"));
    }
    String::from_utf8(bytes).map_err(|_| because("holds a user name or password that is not UTF-8 once decoded"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{Reason, accepts, refuses};

    fn url(host: &str, port: u16, username: Option<&str>, password: Option<&str>, db: Option<u16>) -> ServerUrl {
        let (username, password) = (username.map(str::to_owned), password.map(Secret::new));
        let location = Location::Tcp { host: host.to_owned(), port };
        ServerUrl { location, username, password, db }
    }

    #[test]
    fn each_part_but_the_host_may_be_left_out() {
        assert_eq!(accepts::<ServerUrl>("redis://cache"), url("cache", 6379, None, None, None));
        assert_eq!(accepts::<ServerUrl>("redis://cache/"), url("cache", 6379, None, None, None));
        assert_eq!(accepts::<ServerUrl>("redis://cache:7000/3"), url("cache", 7000, None, None, Some(3)));
        assert_eq!(accepts::<ServerUrl>("redis://u@cache"), url("cache", 6379, Some("u"), None, None));
        assert_eq!(accepts::<ServerUrl>("redis://:p@cache"), url("cache", 6379, None, Some("p"), None));
        assert_eq!(accepts::<ServerUrl>("redis://u:p@[::1]:7/0"), url("::1", 7, Some("u"), Some("p"), Some(0)));
    }

    #[test]
    fn user_and_password_are_percent_decoded() {
        let read = accepts::<ServerUrl>("redis://a%40b:p%2Fq%25%3a:@c");
        assert_eq!(read, url("c", 6379, Some("a@b"), Some("p/q%::"), None));
        assert_eq!(accepts::<ServerUrl>("redis://u:p@ss@c"), url("c", 6379, Some("u"), Some("p@ss"), None));
    }

    #[test]
    fn other_schemes_are_named_and_what_is_allowed() {
        assert_eq!(
            refuses::<ServerUrl>("rediss://u:p@cache"),
            "has the scheme `rediss://`, which is not supported: it must be `redis://[user[:password]@]host[:port][/db]`"
        );
        assert!(refuses::<ServerUrl>("unix:///run/redis.sock").starts_with("has the scheme `unix://`"));
        assert!(refuses::<ServerUrl>("cache:6379").starts_with("does not begin with `redis://`"));
        assert!(refuses::<ServerUrl>("").starts_with("does not begin with `redis://`"));
    }

    #[test]
    fn no_message_shows_a_password() {
        let cases = [
            "rediss://u:s3cr3t@h",
            "s3cr3t@x://h",
            "redis://u:s3cr3t@",
            "redis://u:s3cr3t@h:0x",
            "redis://u:s3cr3t@h:99999",
            "redis://u:s3cr3t@h/x",
            "redis://u:s3cr3t@h/70000",
            "redis://u:s3cr3t@h?x",
            "redis://u:s3cr3t/x@h",
            "redis://u:s3cr3t@a b",
            "redis://u:s3cr3t@::1",
            "redis://u:s3cr3t@[h]",
        ];
        for case in cases {
            let refusal = ServerUrl::from_text(case).err().unwrap_or_else(|| panic!("{case} is accepted"));
            let Reason::Because(message) = refusal.reason else { panic!("{case} without a reason") };
            assert!(!message.contains("s3cr3t"), "{message}");
            assert!(message.ends_with("it must be `redis://[user[:password]@]host[:port][/db]`"), "{message}");
        }
        let debug = format!("{:?}", ServerUrl::from_text("redis://u:s3cr3t@h").ok());
        assert!(!debug.contains("s3cr3t"), "{debug}");
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        for url in ["redis://u:%@h", "redis://u:%ff@h"] {
            let refusal = ServerUrl::from_text(url).expect_err(url);
            assert!(matches!(refusal.reason, Reason::Because(_)), "{url}");
        }
    }
}
