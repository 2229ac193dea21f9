//! What a server is, if it cannot be asked.

use figment::value::{Dict, Value};
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};
use crate::job::DeclaredServer;
use crate::version::{Flavour, Version};

/// The oldest version that is supported.
const OLDEST: Version = Version::new(2, 8);

/// A table with `flavour` and `version`.
pub struct ServerTable;

impl Element for ServerTable {
    type Value = DeclaredServer;
    const KIND: ValueKind = ValueKind::Table;
    const EXPECTED: &'static str =
        "a table such as { flavour = \"redis\", version = \"7.0\" }; the flavour is \"redis\" or \"valkey\"";

    fn from_table(table: &Dict) -> Result<DeclaredServer, Rejection> {
        let text = |name| table.get(name).and_then(Value::as_str);
        let flavour = match text("flavour") {
            Some("redis") => Some(Flavour::Redis),
            Some("valkey") => Some(Flavour::Valkey),
            _ => None,
        };
        let is_version =
            |text: &&str| text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let version = text("version").filter(is_version).and_then(|text| text.parse().ok());
        match (flavour, version) {
            (Some(flavour), Some(version)) if table.len() == 2 && version >= OLDEST => {
                Ok(DeclaredServer { flavour, version })
            }
            _ => Err(Self::refusal()),
        }
    }

    fn schema() -> Json {
        json!({
            "type": "object",
            "properties": {
                "flavour": { "description": "Which server it is.", "type": "string", "enum": ["redis", "valkey"] },
                "version": {
                    "description": "Its version, 2.8 or newer.",
                    "type": "string",
                    "pattern": r"^(2\.([89]|[1-9][0-9])|[3-9]|[1-9][0-9]+)(\.[0-9]+)*$",
                },
            },
            "required": ["flavour", "version"],
            "additionalProperties": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    fn table(pairs: &[(&str, &str)]) -> Value {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect::<Dict>().into()
    }

    #[test]
    fn flavour_and_version_are_both_needed() {
        let read = accepts::<ServerTable>(table(&[("flavour", "valkey"), ("version", "9.1.2")]));
        let version = Version { major: 9, minor: 1, patch: 2 };
        assert_eq!(read, DeclaredServer { flavour: Flavour::Valkey, version });
        accepts::<ServerTable>(table(&[("flavour", "redis"), ("version", "7")]));
        for pairs in [
            &[("flavour", "redis")][..],
            &[("version", "7.0")],
            &[("flavour", "keydb"), ("version", "7.0")],
            &[("flavour", "redis"), ("version", "v7")],
            &[("flavour", "redis"), ("version", "1.0")],
            &[("flavour", "redis"), ("version", "7.0"), ("port", "1")],
        ] {
            assert_eq!(refuses::<ServerTable>(table(pairs)), ServerTable::EXPECTED, "{pairs:?}");
        }
    }
}
