//! A host name or an IP address.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};

/// A host name or an IP address, without port and without brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(pub String);

/// A name, or something with the colons of an IPv6 address and perhaps its zone.
pub(super) const PATTERN: &str =
    r"^([^\s\x00-\x1f\x7f:/@\[\]?#,]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[^\s/]+)?)$";

impl Host {
    /// `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let strange = |c: char| c.is_whitespace() || c.is_control() || ":/@[]?#,".contains(c);
        let name = !text.is_empty() && !text.contains(strange);
        (name || is_ipv6(text)).then(|| Self(text.to_owned()))
    }
}

/// With a zone (`fe80::1%eth0`) or without.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "eth0"));
    let plain_zone = !zone.is_empty() && !zone.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/');
    plain_zone && address.parse::<Ipv6Addr>().is_ok()
}

impl Element for Host {}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: "a host name or an IP address, without port",
            parse: |text| Self::parse(text).ok_or(Refusal::Expected),
        })
    }
}

impl JsonSchema for Host {
    fn schema_name() -> Cow<'static, str> {
        "Host".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN })
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
            assert_eq!(accepts::<Host>(text).0, text);
        }
    }

    #[test]
    fn anything_around_them_is_not() {
        for text in ["", " ", "cache:6379", "[::1]", "redis://cache", "a b", "user@cache", "a,b", "cache\n", "a/b"] {
            assert_eq!(refuses::<Host>(text), "a host name or an IP address, without port", "{text:?}");
        }
        refuses::<Host>(643);
    }
}
