//! A host name or an IP address.

use std::net::Ipv6Addr;

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// A name, or an IPv6 address with or without a zone. The parser is stricter about addresses.
const PATTERN: &str =
    r#"^([^\s\x00-\x1f\x7f:/@\[\]?#,${}<>()|\\*;="'`]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[^\s/]+)?)$"#;

/// Characters that no name contains. They are parts of a URL, a list, a quoted text, or an unfilled template.
const STRANGE: &str = ":/@[]?#,${}<>()|\\*;=\"'`";

/// A host name or an IP address, without port and without brackets.
pub struct Host;

impl Host {
    pub fn is_valid(text: &str) -> bool {
        let strange = |c: char| c.is_whitespace() || c.is_control() || STRANGE.contains(c);
        (!text.is_empty() && !text.contains(strange)) || is_ipv6(text)
    }
}

/// With a zone (`fe80::1%eth0`) or without.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "eth0"));
    let plain_zone = !zone.is_empty() && !zone.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/');
    plain_zone && address.parse::<Ipv6Addr>().is_ok()
}

impl Element for Host {
    type Value = String;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "a host name or an IP address, without port";

    fn from_text(text: &str) -> Result<String, Rejection> {
        if Self::is_valid(text) { Ok(text.to_owned()) } else { Err(Self::refusal()) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn names_and_addresses_are_hosts() {
        for text in
            ["localhost", "10.0.0.5", "cache.internal", "my_cache", "::1", "fe80::1%eth0", "007", "bücher.example"]
        {
            assert_eq!(accepts::<Host>(text), text);
        }
    }

    #[test]
    fn anything_around_them_is_not() {
        for text in [
            "",
            " ",
            "cache:6379",
            "[::1]",
            "redis://cache",
            "a b",
            "user@cache",
            "a,b",
            "cache\n",
            "a/b",
            "{{host}}",
            "<host>",
            "$HOST",
            "'a'",
        ] {
            assert_eq!(refuses::<Host>(text), "a host name or an IP address, without port", "{text:?}");
        }
        refuses::<Host>(643);
    }
}
