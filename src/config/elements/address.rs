//! Addresses of Sentinels and of nodes of a cluster, and what takes their place.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, each, text_or_list};
use super::host::Host;
use crate::job::HostPort;

/// The port of a Sentinel that has none.
pub(super) const SENTINEL_PORT: u16 = 26379;
/// The port of a node that has none.
pub(super) const NODE_PORT: u16 = 6379;

/// Without the rules of host names, which the program checks.
const PATTERN: &str = r"^(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+)(:[0-9]{1,5})?$";
const WITH_PORT: &str = r"^(\[[0-9A-Fa-f:.]+(%[^\]\s/]+)?\]|[^\s:/@\[\]?#,]+):[0-9]{1,5}$";

/// A Sentinel, or a node of a cluster.
struct OneAddress<const PORT: u16>;

/// The addresses of Sentinels: a list, or a text with commas.
pub struct SentinelAddresses;

/// The addresses of nodes of a cluster; `None` for `false`.
pub struct ClusterNodes;

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

impl<const PORT: u16> Element for OneAddress<PORT> {
    type Value = HostPort;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "`host` or `host:port`";

    fn from_text(text: &str) -> Result<HostPort, Rejection> {
        read_address(text, Some(PORT)).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN })
    }
}

impl<const PORT: u16> OneAddress<PORT> {
    fn each_of(text: &str) -> Option<Vec<HostPort>> {
        text.split(',').map(|address| read_address(address.trim(), Some(PORT))).collect()
    }

    fn at_least_one(list: &[Value]) -> Result<Vec<HostPort>, Rejection> {
        if list.is_empty() { Err(Rejection::must("a list of at least one address")) } else { each::<Self>(list) }
    }

    /// The schema of a text with commas, or of a list.
    fn schema_of_several() -> Json {
        let of_text = PATTERN.trim_start_matches('^').trim_end_matches('$');
        let many = format!(r"^\s*{of_text}\s*(,\s*{of_text}\s*)*$");
        text_or_list(json!({ "type": "string", "pattern": many }), &Self::schema(), 1)
    }
}

impl Element for SentinelAddresses {
    type Value = Vec<HostPort>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = "a list of addresses such as \"10.0.0.5:26379\", or a text with commas between them";

    fn from_text(text: &str) -> Result<Self::Value, Rejection> {
        OneAddress::<SENTINEL_PORT>::each_of(text).ok_or_else(Self::refusal)
    }

    fn from_list(list: &[Value]) -> Result<Self::Value, Rejection> {
        OneAddress::<SENTINEL_PORT>::at_least_one(list)
    }

    fn schema() -> Json {
        OneAddress::<SENTINEL_PORT>::schema_of_several()
    }
}

impl Element for ClusterNodes {
    type Value = Option<Vec<HostPort>>;
    const KIND: ValueKind = ValueKind::ListOrFalse;
    const EXPECTED: &'static str =
        "false, a list of addresses such as \"10.0.0.5:6379\", or a text with commas between them";

    fn from_text(text: &str) -> Result<Self::Value, Rejection> {
        OneAddress::<NODE_PORT>::each_of(text).map(Some).ok_or_else(Self::refusal)
    }

    fn from_list(list: &[Value]) -> Result<Self::Value, Rejection> {
        OneAddress::<NODE_PORT>::at_least_one(list).map(Some)
    }

    fn from_flag(flag: bool) -> Result<Self::Value, Rejection> {
        if !flag {
            return Ok(None);
        }
        let sentence = "is true, but must be false, or the addresses of nodes".to_owned();
        let hint = "a host that is a node of a cluster stands for the whole cluster: leave the key out".to_owned();
        Err(Rejection::because(sentence, Some(hint)))
    }

    fn schema() -> Json {
        let mut schema = OneAddress::<NODE_PORT>::schema_of_several();
        schema["type"] = json!(["string", "array", "boolean"]);
        schema["not"] = json!({ "const": true });
        schema
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
    fn nodes_of_a_cluster_have_another_default_port_and_may_be_false() {
        let both = Some(vec![address("a", 6379), address("::1", 7)]);
        assert_eq!(accepts::<ClusterNodes>(vec!["a", "[::1]:7"]), both);
        assert_eq!(accepts::<ClusterNodes>("a, [::1]:7"), both);
        assert_eq!(accepts::<ClusterNodes>(false), None);
        assert_eq!(refuses::<ClusterNodes>(true), "is true, but must be false, or the addresses of nodes");
        assert_eq!(refuses::<ClusterNodes>("a,,b"), ClusterNodes::EXPECTED);
        refuses::<ClusterNodes>(vec!["a", "b/c"]);
        assert_eq!(refuses::<ClusterNodes>(Vec::<String>::new()), "a list of at least one address");
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
