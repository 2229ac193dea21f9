//! Sizes in bytes as people write them: `50MiB`, `1.5GB`, `800kB`.

use bytesize::ByteSize;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

const PATTERN: &str = r"^[0-9]+(\.[0-9]+)? *([kKMGT]i?)?B$";

/// A size; never zero.
pub struct Bytes;

impl Element for Bytes {
    type Value = u64;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = r#"a size of at least one byte with its unit, such as "800kB", "50MiB" or "1GB""#;

    fn from_text(text: &str) -> Result<u64, Rejection> {
        parse(text).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN })
    }
}

/// `None` if it is no size. The library alone would also accept a number without unit, and doubtful spellings.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn units_are_those_of_people_and_those_of_machines() {
        let cases = [("1B", 1), ("800kB", 800_000), ("50MiB", 50 << 20), ("1.5 GiB", 3 << 29), ("1GB", 1_000_000_000)];
        for (text, bytes) in cases {
            assert_eq!(accepts::<Bytes>(text), bytes, "{text}");
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
