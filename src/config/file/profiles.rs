//! The profiles of a file: `[profile.NAME.defaults]` and `[profile.NAME.endpoint.NAME]`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::tables::Tables;
use super::{FileKind, Text};
use crate::config::elements::{Element, JobName};
use crate::config::fault::{Fault, Faults, Problem};

/// Reads every profile, also those that are not selected, so that their faults are reported.
pub(super) fn profiles(
    profiles: &DeTable<'_>,
    text: &Text,
    kind: FileKind,
    faults: &mut Faults,
) -> BTreeMap<String, Tables> {
    let mut all = BTreeMap::new();
    for (name, profile) in profiles {
        let (place, name) = (text.line(name.span().start), name.get_ref().as_ref());
        let key = format!("profile.{name}");
        if JobName::from_text(name).is_err() {
            let reason = format!("is no name of a profile, which must be {}", JobName::EXPECTED);
            faults.push(Fault::at(place, Problem::Refused { key, reason }));
            continue;
        }
        match profile.get_ref() {
            DeValue::Table(profile) => {
                let mut tables = Tables::new(kind.profile(), format!("{key}."));
                profile.iter().for_each(|(table, value)| one_table(&key, table, value, text, &mut tables, faults));
                all.insert(name.to_owned(), tables);
            }
            _ => faults.push(Fault::at(place, not_a_table(key)).hint(HINT.to_owned())),
        }
    }
    all
}

const HINT: &str = "a profile has the tables `[profile.NAME.defaults]` and `[profile.NAME.endpoint.NAME]`";

fn not_a_table(key: String) -> Problem {
    Problem::Unfit { key, value: "not a table".to_owned(), expected: "a table".to_owned() }
}

fn one_table(
    profile: &str,
    name: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    text: &Text,
    tables: &mut Tables,
    faults: &mut Faults,
) {
    let (place, table) = (text.line(name.span().start), name.get_ref().as_ref());
    if !tables.read(table, value.get_ref(), text, faults) {
        let key = format!("{profile}.{table}");
        let is_known = ["defaults", "endpoint"].contains(&table);
        let problem = if is_known { not_a_table(key) } else { Problem::UnknownKey(key) };
        faults.push(Fault::at(place, problem).hint(HINT.to_owned()));
    }
}
