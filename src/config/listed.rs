//! What files list, and which keys there are, to be offered where a user writes a name. What cannot be read is left out: the
//! user may still be writing it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::elements::{Element, JobName, Tags};
use super::keys::{ConfigKey, KEYS};
use super::plain::of_toml;

/// A job file is not longer than that.
const LONGEST: u64 = 1 << 20;

/// The names in job files and project files, each once, in the order of the files.
#[derive(Default)]
pub(crate) struct Listed {
    pub jobs: Vec<String>,
    pub tags: Vec<String>,
    pub profiles: Vec<String>,
    pub endpoints: Vec<String>,
}

/// A key that can be overridden.
pub(crate) struct OfferedKey {
    pub path: &'static str,
    pub about: &'static str,
    /// Its values, if they are few.
    pub values: Vec<String>,
}

fn values(key: &ConfigKey) -> Vec<String> {
    let schema = (key.element.schema)();
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match schema["enum"].as_array() {
        Some(values) => values.iter().map(plain).collect(),
        None if schema["type"] == "boolean" => vec!["true".to_owned(), "false".to_owned()],
        None => Vec::new(),
    }
}

/// What the files list.
pub(crate) fn listed(files: &[PathBuf]) -> Listed {
    let mut listed = Listed::default();
    for file in files {
        if let Some(text) = text(file) {
            listed.add(DeTable::parse_recoverable(&text).0.get_ref());
        }
    }
    listed
}

/// The text of a regular file. Others, such as a pipe, may have no end.
fn text(file: &Path) -> Option<String> {
    let is_short = file.metadata().is_ok_and(|facts| facts.is_file() && facts.len() <= LONGEST);
    is_short.then(|| std::fs::read_to_string(file).ok()).flatten()
}

impl Listed {
    /// Every key that can be overridden. Secrets are left out: what is on a command line, other users of the machine can
    /// read.
    pub fn keys(&self) -> Vec<OfferedKey> {
        let values =
            |key: &ConfigKey| if key.path.ends_with(".endpoint") { self.endpoints.clone() } else { values(key) };
        let offered = |key: &'static ConfigKey| OfferedKey { path: key.path, about: key.about, values: values(key) };
        KEYS.iter().filter(|key| key.is_overridable() && !key.is_secret()).map(offered).collect()
    }

    fn add(&mut self, root: &DeTable<'_>) {
        self.add_shared(root);
        for (name, profile) in tables(root, "profile") {
            add(&mut self.profiles, valid(name.get_ref()));
            if let Some(profile) = profile.get_ref().as_table() {
                self.add_shared(profile);
            }
        }
        for job in child(root, "job").and_then(DeValue::as_array).into_iter().flatten() {
            add(&mut self.jobs, job.get_ref().as_table().and_then(|job| valid(child(job, "name")?.as_str()?)));
            self.add_tags(Some(job.get_ref()));
        }
    }

    /// What a file and its profiles may have.
    fn add_shared(&mut self, table: &DeTable<'_>) {
        self.add_tags(child(table, "defaults"));
        for (name, _) in tables(table, "endpoint") {
            add(&mut self.endpoints, valid(name.get_ref()));
        }
    }

    fn add_tags(&mut self, table: Option<&DeValue<'_>>) {
        let tags = table.and_then(|table| child(table.as_table()?, "tags"));
        for tag in tags.and_then(|tags| Tags::read(&of_toml(tags)).ok()).into_iter().flatten() {
            add(&mut self.tags, Some(tag));
        }
    }
}

fn child<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<&'t DeValue<'i>> {
    table.get(name).map(Spanned::get_ref)
}

type Entry<'t, 'i> = (&'t Spanned<DeString<'i>>, &'t Spanned<DeValue<'i>>);

/// The tables by name below a table.
fn tables<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> impl Iterator<Item = Entry<'t, 'i>> {
    child(table, name).and_then(DeValue::as_table).into_iter().flatten()
}

/// A valid name has no characters that mean something to a shell.
fn valid(name: &str) -> Option<String> {
    JobName::from_text(name).ok().map(|name| name.0)
}

fn add(names: &mut Vec<String>, name: Option<String>) {
    let new = name.filter(|name| !names.contains(name));
    names.extend(new);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed_in(text: &str) -> Listed {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        listed(&[file.path().to_owned(), file.path().to_owned()])
    }

    #[test]
    fn names_are_listed_once_and_in_order() {
        let found = listed_in(
            "[defaults]\ntags = [\"b\"]\n[profile.p.defaults]\ntags = [\"c\"]\n[profile.o.endpoint.x]\n[endpoint.y]\n\
             [[job]]\nname = \"z\"\ntags = [\"b\", \"a\"]\n[[job]]\nname = \"y\"\nmatch = 7\n",
        );
        assert_eq!(found.jobs, ["z", "y"]);
        assert_eq!(found.tags, ["b", "c", "a"]);
        assert_eq!(found.profiles, ["o", "p"]);
        assert_eq!(found.endpoints, ["y", "x"]);
        let of_source = found.keys().into_iter().find(|key| key.path == "source.endpoint").expect("a key");
        assert_eq!(of_source.values, found.endpoints);
    }

    #[test]
    fn what_is_no_name_is_left_out_and_the_rest_is_listed() {
        let found = listed_in(
            "[[job]]\nname = \"$(x)\"\n[[job]]\nname = 7\n[[job]]\n[[job]]\nname = \"a\"\ntags = [\"x y\"]\n\
             [profile.\"a b\"]\n[profile]\nq = \n",
        );
        assert_eq!((found.jobs, found.profiles), (vec!["a".to_owned()], vec!["q".to_owned()]));
        assert!(found.tags.is_empty());
        assert!(listed(&["/dev/zero".into(), "/nowhere".into(), "/".into()]).jobs.is_empty());
    }

    #[test]
    fn keys_of_secrets_and_names_are_not_offered() {
        let secret =
            |key: &OfferedKey| key.path == "name" || key.path.ends_with("password") || key.path.ends_with("url");
        let keys = Listed::default().keys();
        assert!(keys.len() > 50);
        assert!(!keys.iter().any(secret));
    }
}
