//! One line of a differences file.

use std::fmt;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::{Difference, SideFacts};
use crate::outcome::DifferenceKind;
use crate::report::json_lines::{self, text, time};

/// A key that differs.
///
/// Later versions of the program may add properties. Existing properties keep their meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Line of a differences file of redis-keys-migrator")]
pub(super) struct DifferenceLine<'a> {
    /// When the difference was found, in UTC.
    time: String,
    /// The name of the job.
    job: &'a str,
    /// How the key differs.
    kind: DifferenceKind,
    /// The name of the key at the source, if it is valid UTF-8. An extra key has the name that it would have there.
    key: Option<&'a str>,
    /// The same, whatever its bytes, quoted as `redis-cli` does.
    key_quoted: String,
    /// The database of the key at the source.
    db: u16,
    /// The name of the key at the destination, if it is valid UTF-8.
    destination_key: Option<&'a str>,
    /// The same, whatever its bytes, quoted as `redis-cli` does.
    destination_key_quoted: String,
    /// The database of the key at the destination.
    destination_db: u16,
    /// What the source has; null if it does not have the key.
    source: Option<Held<'a>>,
    /// What the destination has; null if it does not have the key.
    destination: Option<Held<'a>>,
    /// The node of the destination's cluster that serves the key; null if the destination is a single server.
    node: Option<&'a str>,
    /// Why the key could not be repaired; null if that was not tried.
    repair_error: Option<&'a str>,
}

/// What one side has.
#[derive(Serialize, JsonSchema)]
struct Held<'a> {
    /// As `TYPE` returns it.
    r#type: &'a str,
    /// Unix time in milliseconds; null if the key does not expire.
    expires_at: Option<u64>,
    /// Bytes of the payload; null if it was not read.
    bytes: Option<u64>,
    /// The beginning of the value; null if it was not read.
    value: Option<&'a str>,
}

impl<'a> DifferenceLine<'a> {
    pub(super) fn new(at: SystemTime, job: &'a str, difference: &'a Difference) -> Self {
        let Difference { kind, source_key, destination_key, source, destination, node, repair_error } = difference;
        let ((db, key), (destination_db, destination_key)) = (source_key, destination_key);
        Self {
            time: time(at),
            job,
            kind: *kind,
            key: text(key),
            key_quoted: key.to_string(),
            db: *db,
            destination_key: text(destination_key),
            destination_key_quoted: destination_key.to_string(),
            destination_db: *destination_db,
            source: source.as_ref().map(Held::new),
            destination: destination.as_ref().map(Held::new),
            node: node.as_deref(),
            repair_error: repair_error.as_deref(),
        }
    }
}

impl<'a> Held<'a> {
    fn new(facts: &'a SideFacts) -> Self {
        let SideFacts { type_name, expires_at, bytes, value } = facts;
        Self { r#type: type_name, expires_at: *expires_at, bytes: *bytes, value: value.as_deref() }
    }
}

impl fmt::Display for DifferenceLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        json_lines::write(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;
    use crate::entry::Key;
    use crate::report::json_lines::checks::{expect_schema_file, read, schema_of};
    use crate::report::samples::difference;

    fn schema() -> String {
        schema_of::<DifferenceLine<'_>>()
    }

    fn line(difference: &Difference) -> Value {
        let at = UNIX_EPOCH + Duration::from_millis(1_769_860_800_250);
        read(&DifferenceLine::new(at, "carts", difference), &schema())
    }

    #[test]
    fn a_line_has_both_sides_of_the_key() {
        let held = |expires_at, bytes, value: Option<&str>| SideFacts {
            type_name: "hash".to_owned(),
            expires_at,
            bytes,
            value: value.map(str::to_owned),
        };
        let difference = Difference {
            destination_key: (3, Key::from(b"basket:1".to_vec())),
            source: Some(held(Some(1_769_860_900_000), Some(212), Some("{\"a\": \"\u{202e}\"}"))),
            destination: Some(held(None, None, None)),
            node: Some("10.0.0.5:6379".to_owned()),
            repair_error: Some("OOM command not allowed\n".to_owned()),
            ..difference(DifferenceKind::FieldExpiry, b"cart:1")
        };
        let expected = json!({
            "time": "2026-01-31T12:00:00.250Z", "job": "carts", "kind": "field-expiry",
            "key": "cart:1", "key_quoted": r#""cart:1""#, "db": 0,
            "destination_key": "basket:1", "destination_key_quoted": r#""basket:1""#, "destination_db": 3,
            "source": {
                "type": "hash", "expires_at": 1_769_860_900_000_u64, "bytes": 212, "value": "{\"a\": \"\u{202e}\"}",
            },
            "destination": { "type": "hash", "expires_at": null, "bytes": null, "value": null },
            "node": "10.0.0.5:6379", "repair_error": "OOM command not allowed\n",
        });
        assert_eq!(line(&difference), expected);
    }

    #[test]
    fn a_name_that_is_no_text_is_quoted_only_and_a_side_without_the_key_is_null() {
        let difference = Difference {
            source_key: (7, Key::from(b"cart:\xff".to_vec())),
            destination_key: (7, Key::from("ключ\n".as_bytes().to_vec())),
            ..difference(DifferenceKind::Missing, b"")
        };
        let expected = json!({
            "time": "2026-01-31T12:00:00.250Z", "job": "carts", "kind": "missing",
            "key": null, "key_quoted": r#""cart:\xff""#, "db": 7,
            "destination_key": "ключ\n", "destination_key_quoted": r#""\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\n""#,
            "destination_db": 7, "source": null, "destination": null, "node": null, "repair_error": null,
        });
        assert_eq!(line(&difference), expected);
    }

    #[test]
    fn every_kind_has_the_name_that_reports_use() {
        for kind in DifferenceKind::ALL {
            assert_eq!(line(&difference(kind, b"a"))["kind"], kind.name());
        }
    }

    #[test]
    fn the_schema_file_is_what_the_types_say() {
        expect_schema_file("differences", &schema());
    }
}
