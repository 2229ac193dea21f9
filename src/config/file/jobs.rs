//! The layers of a job file: its `[defaults]` and named endpoints, those of each profile, and one for each `[[job]]`.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::tables::Tables;
use super::values::Reader;
use super::{FileKind, Text, profiles, syntax};
use crate::config::answers;
use crate::config::endpoints;
use crate::config::fault::{Fault, Faults, Problem};
use crate::config::keys::KEYS;
use crate::config::layer::{Layer, Level};
use crate::config::nearest;
use crate::config::origin::Origin;

/// The content of a job file.
pub(in crate::config) struct JobFile {
    pub tables: Tables,
    /// By name.
    pub profiles: BTreeMap<String, Tables>,
    pub jobs: Vec<FileJob>,
    /// Whether it is valid TOML. If not, a job that seems to be missing may only be unreadable.
    pub understood: bool,
}

/// One `[[job]]`.
pub(in crate::config) struct FileJob {
    /// `None` if it has none, or an invalid one.
    pub name: Option<String>,
    /// Its name as it is written, valid or not.
    pub written_name: Option<String>,
    pub origin: Origin,
    pub layer: Layer,
}

/// Reads a job file, or a file that is written like one.
pub(in crate::config) fn read(text: &Text, kind: FileKind, faults: &mut Faults) -> JobFile {
    let own = Tables::new(kind.defaults(), String::new());
    let mut file = JobFile { tables: own, profiles: BTreeMap::new(), jobs: Vec::new(), understood: false };
    let mut of_file = Faults::default();
    let (root, errors) = DeTable::parse_recoverable(text.as_str());
    if errors.is_empty() {
        file.understood = true;
        tables(root.get_ref(), text, kind, &mut file, &mut of_file);
    }
    for fault in syntax::faults(&errors, text) {
        of_file.push(fault);
    }
    faults.append_sorted(of_file);
    file
}

fn tables(root: &DeTable<'_>, text: &Text, kind: FileKind, file: &mut JobFile, faults: &mut Faults) {
    for (name, value) in root {
        let at = name.span().start;
        if file.tables.read(name.get_ref(), value.get_ref(), text, faults) {
            continue;
        }
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("profile", DeValue::Table(table)) => file.profiles = profiles::profiles(table, text, kind, faults),
            ("job", _) if kind == FileKind::Project => {
                let place = "in the project file, which has what job files share";
                faults.push(Fault::at(text.line(at), Problem::Misplaced { key: "job".to_owned(), place }));
            }
            ("job", DeValue::Array(jobs)) => {
                file.jobs = jobs.iter().filter_map(|entry| job(entry, text, faults)).collect();
            }
            ("job", DeValue::Table(_)) => {
                let problem = unfit("job", "a single table", "a list of tables");
                faults.push(Fault::at(text.line(at), problem).hint("write `[[job]]`, with two brackets".to_owned()));
            }
            ("job", _) => faults.push(Fault::at(text.line(at), unfit("job", "not a table", "a list of tables"))),
            ("defaults", DeValue::Array(_)) => {
                let problem = unfit("defaults", "a list", "a single table");
                faults.push(Fault::at(text.line(at), problem).hint("write `[defaults]`, with one bracket".to_owned()));
            }
            (key @ ("defaults" | "endpoint" | "profile"), _) => {
                faults.push(Fault::at(text.line(at), unfit(key, "not a table", "a table")));
            }
            (other, _) => unknown(other, text.line(at), faults),
        }
    }
    if kind == FileKind::Jobs {
        without_job(root, text, faults);
    }
}

fn without_job(root: &DeTable<'_>, text: &Text, faults: &mut Faults) {
    let has_misspelt_job = root.keys().any(|name| name.get_ref().to_lowercase().starts_with("job"));
    if !has_misspelt_job {
        faults.push(Fault::at(Origin::file(text.path()), Problem::NoJob));
    }
    if root.get("job").and_then(|job| job.get_ref().as_array()).is_some_and(|jobs| jobs.is_empty()) {
        faults.push(Fault::at(Origin::file(text.path()), Problem::NoJob));
    }
}

fn unfit(key: &str, value: &str, expected: &str) -> Problem {
    Problem::Unfit { key: key.to_owned(), value: value.to_owned(), expected: expected.to_owned() }
}

fn unknown(name: &str, place: Origin, faults: &mut Faults) {
    let first = |path: &'static str| path.split('.').next().unwrap_or(path);
    let hint = if KEYS.iter().any(|key| first(key.path) == name) {
        format!("`{name}` belongs in `[defaults]` or in a `[[job]]`")
    } else {
        let near = || nearest::hint(name, ["defaults", "job", "profile", "endpoint"]);
        let tables = "a job file has the tables `[defaults]`, `[endpoint.NAME]`, `[profile.NAME.…]` and `[[job]]`";
        near().or_else(|| answers::answer(name).map(str::to_owned)).unwrap_or_else(|| tables.to_owned())
    };
    faults.push(Fault::at(place, Problem::UnknownKey(name.to_owned())).hint(hint));
}

fn job(entry: &Spanned<DeValue<'_>>, text: &Text, faults: &mut Faults) -> Option<FileJob> {
    let origin = text.line(entry.span().start);
    let DeValue::Table(table) = entry.get_ref() else {
        faults.push(Fault::at(origin, unfit("job", "not a table", "a list of tables")));
        return None;
    };
    let written_name = table.get("name").and_then(|name| name.get_ref().as_str());
    let mut layer = Layer::of_table(Level::Job, "[[job]]");
    Reader { text, job: written_name, layer: &mut layer, faults }.table(table, "");
    endpoints::settle(&mut layer, written_name, faults);
    if !layer.mentions("name") {
        let fault = Fault::at(origin.clone(), Problem::Missing("name"));
        faults.push(fault.hint("give each `[[job]]` a `name`".to_owned()));
    }
    let name = layer.get("name").and_then(|(name, _)| name.as_str()).map(str::to_owned);
    Some(FileJob { name, written_name: written_name.map(str::to_owned), origin, layer })
}
