//! Sizes in bytes as people write them: `50MiB`, `1.5GB`, `800kB`.

use std::borrow::Cow;

use bytesize::ByteSize;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal};

const PATTERN: &str = r"^[0-9]+(\.[0-9]+)? *([kKMGT]i?)?B$";

/// A size; never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl Element for Bytes {}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText {
            expected: r#"a size of at least one byte with its unit, such as "800kB", "50MiB" or "1GB""#,
            parse: |text| parse(text).map(Self).ok_or(Refusal::Expected),
        })
    }
}

/// `None` for what is no size. The library takes a number without unit too, and more spellings than one wants to guess at.
fn parse(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let unit = text[digits..].trim_start_matches(' ');
    let known = ["B", "kB", "KB", "MB", "GB", "TB", "kiB", "KiB", "MiB", "GiB", "TiB"];
    let parted = text[..digits].split('.').all(|part| !part.is_empty()) && text[..digits].matches('.').count() <= 1;
    if !known.contains(&unit) || !parted {
        return None;
    }
    text.parse::<ByteSize>().ok().map(|size| size.as_u64()).filter(|bytes| *bytes > 0)
}

impl JsonSchema for Bytes {
    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
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
    fn units_are_those_of_people_and_those_of_machines() {
        let cases = [("1B", 1), ("800kB", 800_000), ("50MiB", 50 << 20), ("1.5 GiB", 3 << 29), ("1GB", 1_000_000_000)];
        for (text, bytes) in cases {
            assert_eq!(accepts::<Bytes>(text).0, bytes, "{text}");
        }
    }

    #[test]
    fn a_number_without_unit_is_no_size() {
        for text in ["50", "", "MiB", "-1MiB", "1.MB", "1..5MB", "50 M", "50mb", "1e3B"] {
            refuses::<Bytes>(text);
        }
        refuses::<Bytes>(50);
    }

    #[test]
    fn nothing_is_no_size() {
        assert!(parse("0B").is_none() && parse("0.0MiB").is_none());
    }
}
