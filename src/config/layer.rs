//! One layer of configuration: values by key, each with its origin.

use std::collections::{BTreeMap, BTreeSet};

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::endpoint_parts::Part;
use super::fault::{Fault, Faults};
use super::hints::{self, Written};
use super::interpolation;
use super::keys::ConfigKey;
use super::origin::Origin;

/// Which layer, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    BuiltIn,
    ProjectDefaults,
    ProjectProfile,
    FileDefaults,
    FileProfile,
    Job,
    ScriptVariables,
    Variables,
    JobVariables,
    Sets,
    JobSets,
}

/// The values of one layer. Holds secrets, and so cannot be shown.
#[derive(Clone)]
pub(super) struct Layer {
    pub level: Level,
    /// The table of a file that it is, such as `[defaults]`. Empty if it is none.
    pub table: String,
    values: BTreeMap<&'static str, (Value, Origin)>,
    /// Keys that are given here with an invalid value: already reported, and not missing.
    faulty: BTreeMap<&'static str, Origin>,
    /// Users of URLs that have no password beside them: `redis://NAME@host`. The name may be a password.
    doubtful_users: BTreeSet<&'static str>,
}

impl Layer {
    pub fn new(level: Level) -> Self {
        Self::of_table(level, "")
    }

    pub fn of_table(level: Level, table: impl Into<String>) -> Self {
        let table = table.into();
        Self { level, table, values: BTreeMap::new(), faulty: BTreeMap::new(), doubtful_users: BTreeSet::new() }
    }

    /// Stores a value if it fits its key; otherwise reports it.
    pub fn read(
        &mut self,
        key: &'static ConfigKey,
        written: &Written,
        origin: Origin,
        job: Option<&str>,
        faults: &mut Faults,
    ) {
        let read = match interpolation::refusal(key, &written.value, &origin) {
            Some(refusal) => Err(refusal),
            None => (key.element.read)(&written.value),
        };
        match read {
            Ok(canonical) => self.put(key.path, canonical.map_or_else(|| written.value.clone(), Value::from), origin),
            Err(refusal) => {
                let place = refusal.index.and_then(|index| written.place_of(index));
                let place = place.unwrap_or_else(|| origin.clone());
                self.mark_faulty(key.path, origin);
                let (problem, hint) = hints::explain(key, written, refusal);
                faults.push(Fault::at(place, problem).in_job(job).hint(hint));
            }
        }
    }

    pub fn put(&mut self, path: &'static str, value: impl Into<Value>, origin: Origin) {
        self.faulty.remove(path);
        self.values.insert(path, (value.into(), origin));
    }

    /// Stores the user of a URL without a password.
    pub fn put_doubtful_user(&mut self, path: &'static str, user: String, origin: Origin) {
        self.put(path, user, origin);
        self.doubtful_users.insert(path);
    }

    pub fn has_doubtful_user(&self, path: &str) -> bool {
        self.doubtful_users.contains(path)
    }

    pub fn mark_faulty(&mut self, path: &'static str, origin: Origin) {
        self.values.remove(path);
        self.faulty.insert(path, origin);
    }

    pub fn get(&self, path: &str) -> Option<&(Value, Origin)> {
        self.values.get(path)
    }

    pub fn take(&mut self, path: &str) -> Option<(Value, Origin)> {
        self.values.remove(path)
    }

    /// Removes the key; returns where it was given.
    pub fn forget(&mut self, path: &str) -> Option<Origin> {
        let faulty = self.faulty.remove(path);
        self.values.remove(path).map(|(_, origin)| origin).or(faulty)
    }

    /// Where the key is given here, with a valid value or not.
    pub fn place_of(&self, path: &str) -> Option<&Origin> {
        self.values.get(path).map(|(_, origin)| origin).or_else(|| self.faulty.get(path))
    }

    pub fn mentions(&self, path: &str) -> bool {
        self.place_of(path).is_some()
    }

    /// Whether the key is given here. With `cluster = false`, no cluster is given.
    pub fn gives(&self, key: &ConfigKey) -> bool {
        if key.is_part(&[Part::Cluster]) {
            self.get(key.path).is_some_and(|(value, _)| value.to_bool() != Some(false))
        } else {
            self.mentions(key.path)
        }
    }

    pub fn is_faulty(&self, path: &str) -> bool {
        self.faulty.contains_key(path)
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("{:?}", self.level))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let root: Dict = self.values.iter().map(|(path, (value, _))| (merged_name(path), value.clone())).collect();
        Ok(Profile::Default.collect(root))
    }
}

/// The name under which figment merges the values of a key. It has no dots, and so is no path of tables: `source.tls` is
/// a value, and the beginning of `source.tls.ca_file`.
pub(super) fn merged_name(path: &str) -> String {
    path.replace('.', "/")
}
