//! Addresses of Sentinels, and what takes their place.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, each, text_or_list};
use super::host::Host;
use crate::job::HostPort;

/// The port of a Sentinel that has none.
pub(super) const SENTINEL_PORT: u16 = 26379;

/// Without the rules of host names, which the program checks.
const PATTERN: &str = r"^(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+)(:[0-9]{1,5})?$";
const WITH_PORT: &str = r"^(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+):[0-9]{1,5}$";

/// One Sentinel.
struct SentinelAddress;

/// The addresses of Sentinels: a list, or a text with commas.
pub struct SentinelAddresses;

/// Announced addresses, and the ones to use instead.
pub struct AddressMap;

/// Reads `host[:port]`, an IPv6 address in brackets.
pub(super) fn read_address(text: &str, default_port: Option<u16>) -> Option<HostPort> {
    let (host, port, is_bracketed) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) }, true),
        None => text.split_once(':').map_or((text, None, false), |(host, port)| (host, Some(port), false)),
    };
    let port = match port {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            digits.parse().ok().filter(|p| *p != 0)?
        }
        Some(_) => return None,
        None => default_port?,
    };
    let is_host = Host::is_valid(host) && host.contains(':') == is_bracketed;
    is_host.then(|| HostPort { host: host.to_owned(), port })
}

impl Element for SentinelAddress {
    type Value = HostPort;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "`host` or `host:port`";

    fn from_text(text: &str) -> Result<HostPort, Rejection> {
        read_address(text, Some(SENTINEL_PORT)).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN })
    }
}

impl Element for SentinelAddresses {
    type Value = Vec<HostPort>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = "a list of addresses such as \"10.0.0.5:26379\", or a text with commas between them";

    fn from_text(text: &str) -> Result<Vec<HostPort>, Rejection> {
        let addresses = text.split(',').map(|address| read_address(address.trim(), Some(SENTINEL_PORT)));
        addresses.collect::<Option<_>>().ok_or_else(Self::refusal)
    }

    fn from_list(list: &[Value]) -> Result<Vec<HostPort>, Rejection> {
        if list.is_empty() {
            Err(Rejection::must("a list of at least one address"))
        } else {
            each::<SentinelAddress>(list)
        }
    }

    fn schema() -> Json {
        let of_text = PATTERN.trim_start_matches('^').trim_end_matches('$');
        let many = format!(r"^\s*{of_text}\s*(,\s*{of_text}\s*)*$");
        text_or_list(json!({ "type": "string", "pattern": many }), &SentinelAddress::schema(), 1)
    }
}

impl Element for AddressMap {
    type Value = BTreeMap<HostPort, HostPort>;
    const KIND: ValueKind = ValueKind::Table;
    const EXPECTED: &'static str =
        "a table of announced addresses and the ones to use, such as { \"10.0.0.5:6379\" = \"127.0.0.1:7001\" }";

    fn from_table(table: &Dict) -> Result<Self::Value, Rejection> {
        let pair = |(announced, used): (&String, &Value)| {
            Some((read_address(announced, None)?, read_address(used.as_str()?, None)?))
        };
        table.iter().map(pair).collect::<Option<_>>().ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        let address = json!({ "type": "string", "pattern": WITH_PORT });
        json!({ "type": "object", "propertyNames": { "pattern": WITH_PORT }, "additionalProperties": address })
    }
}

/// The text of an address that was read.
pub(in crate::config) fn as_texts(addresses: &[HostPort]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    fn address(host: &str, port: u16) -> HostPort {
        HostPort { host: host.to_owned(), port }
    }

    fn table(pairs: &[(&str, &str)]) -> Value {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), Value::from(*to))).collect::<Dict>().into()
    }

    #[test]
    fn sentinels_are_a_list_or_a_text_and_have_a_default_port() {
        let both = [address("a", 26379), address("::1", 7)];
        assert_eq!(accepts::<SentinelAddresses>(vec!["a", "[::1]:7"]), both);
        assert_eq!(accepts::<SentinelAddresses>("a, [::1]:7"), both);
        for text in ["", "a,,b", "a:0x1", "a:", "redis://a", "::1", "a:99999999"] {
            assert_eq!(refuses::<SentinelAddresses>(text), SentinelAddresses::EXPECTED, "{text}");
        }
        refuses::<SentinelAddresses>(vec!["a", "b/c"]);
        assert_eq!(refuses::<SentinelAddresses>(Vec::<String>::new()), "a list of at least one address");
    }

    #[test]
    fn an_address_map_has_ports_on_both_sides() {
        let read = accepts::<AddressMap>(table(&[("10.0.0.5:6379", "localhost:7001")]));
        assert_eq!(read, BTreeMap::from([(address("10.0.0.5", 6379), address("localhost", 7001))]));
        assert_eq!(accepts::<AddressMap>(table(&[])), BTreeMap::new());
        for pair in [("10.0.0.5", "localhost:7001"), ("10.0.0.5:6379", "localhost")] {
            assert_eq!(refuses::<AddressMap>(table(&[pair])), AddressMap::EXPECTED);
        }
        refuses::<AddressMap>("10.0.0.5:6379=localhost:7001");
    }
}
