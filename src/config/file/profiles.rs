//! The profiles of a file: `[profile.NAME.defaults]`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::defaults::defaults;
use super::{FileKind, Text};
use crate::config::elements::{Element, JobName};
use crate::config::fault::{Fault, Faults, Problem};
use crate::config::layer::Layer;

/// Reads every profile, also those that are not selected, so that their faults are reported.
pub(super) fn profiles(
    profiles: &DeTable<'_>,
    text: &Text,
    kind: FileKind,
    faults: &mut Faults,
) -> BTreeMap<String, Layer> {
    let mut layers = BTreeMap::new();
    for (name, profile) in profiles {
        let (place, name) = (text.line(name.span().start), name.get_ref().as_ref());
        let key = format!("profile.{name}");
        if JobName::from_text(name).is_err() {
            let reason = format!("is no name of a profile, which must be {}", JobName::EXPECTED);
            faults.push(Fault::at(place, Problem::Refused { key, reason }));
            continue;
        }
        match profile.get_ref() {
            DeValue::Table(tables) => {
                let mut layer = Layer::of_table(kind.profile(), format!("[{key}.defaults]"));
                tables.iter().for_each(|(table, value)| one_table(&key, table, value, text, &mut layer, faults));
                layers.insert(name.to_owned(), layer);
            }
            _ => faults.push(Fault::at(place, not_a_table(key)).hint(HINT.to_owned())),
        }
    }
    layers
}

const HINT: &str = "the values of a profile are in `[profile.NAME.defaults]`";

fn not_a_table(key: String) -> Problem {
    Problem::Unfit { key, value: "not a table".to_owned(), expected: "a table".to_owned() }
}

fn one_table(
    profile: &str,
    name: &Spanned<toml::de::DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    text: &Text,
    layer: &mut Layer,
    faults: &mut Faults,
) {
    let (place, key) = (text.line(name.span().start), format!("{profile}.{}", name.get_ref()));
    match (name.get_ref().as_ref(), value.get_ref()) {
        ("defaults", DeValue::Table(table)) => defaults(table, text, layer, faults),
        ("defaults", _) => faults.push(Fault::at(place, not_a_table(key)).hint(HINT.to_owned())),
        _ => faults.push(Fault::at(place, Problem::UnknownKey(key)).hint(HINT.to_owned())),
    }
}
