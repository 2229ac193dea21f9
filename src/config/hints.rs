//! A value as it was written, and the fault and the hint if it does not fit its key.

use figment::value::Value;

use super::elements::{BASE_TYPES, Host, Reason, Rejection, ValueKind};
use super::endpoint_parts::Part;
use super::fault::Problem;
use super::keys::{self, ConfigKey, KEYS, TABLES};
use super::origin::Origin;
use super::{answers, mask, nearest};

/// Longer values are cut in messages.
const SHOWN: usize = 120;

/// A value as the user wrote it. May hold a secret.
pub(super) struct Written {
    pub value: Value,
    /// Its text in messages.
    shown: String,
    /// The elements of a list, each with its text and its place.
    elements: Vec<(String, Origin)>,
}

impl Written {
    pub fn new(value: Value, shown: impl Into<String>) -> Self {
        Self { value, shown: shown.into(), elements: Vec::new() }
    }

    /// A text in quotes.
    pub fn text(text: &str) -> Self {
        Self::new(Value::from(text), format!("{text:?}"))
    }

    pub fn with_elements(mut self, elements: Vec<(String, Origin)>) -> Self {
        self.elements = elements;
        self
    }

    /// The place of an element of a list.
    pub fn place_of(&self, index: usize) -> Option<Origin> {
        self.element(index).map(|(_, origin)| origin.clone())
    }

    /// Whether it is a list with a mistake in a variable or an option (see `plain`).
    fn is_broken_list(&self) -> bool {
        self.shown.starts_with('[') && self.value.as_array().is_none()
    }

    fn element(&self, index: usize) -> Option<&(String, Origin)> {
        self.elements.get(index)
    }
}

/// Why a value does not fit its key, and what may help.
pub(super) fn explain(key: &ConfigKey, written: &Written, refusal: Rejection) -> (Problem, Option<String>) {
    let index = refusal.index;
    let name = index.map_or_else(|| key.path.to_owned(), |index| format!("{}[{index}]", key.path));
    let shown = match index.and_then(|index| written.element(index)) {
        _ if key.is_secret() || is_command(key) => mask::HIDDEN,
        Some((shown, _)) => mask::value(shown),
        None => mask::value(&written.shown),
    };
    match refusal.reason {
        Reason::Must(expected) => {
            let hint = if written.is_broken_list() { Some(about_list(key)) } else { hint(key, shown) };
            (Problem::Unfit { key: name, value: cut(shown), expected }, hint)
        }
        Reason::Because { sentence, hint } => (Problem::Refused { key: name, reason: sentence }, hint),
    }
}

/// Whether it is the command that prints a password. Its arguments may be secrets.
fn is_command(key: &ConfigKey) -> bool {
    key.is_part(&[Part::Password]) && key.element.kind == ValueKind::List
}

fn cut(shown: &str) -> String {
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown.to_owned(),
    }
}

/// What may help with a key that does not exist.
pub(super) fn unknown_key(path: &str) -> String {
    if path.strip_prefix("destination.").is_some_and(|name| keys::find(&format!("source.{name}")).is_some()) {
        return "only `source` has this key".to_owned();
    }
    let near = || nearest::hint(path, keys_and_tables());
    if path.starts_with("error_log.") {
        return near().unwrap_or_else(|| "`error_log` has the keys `path`, `mode` and `format`".to_owned());
    }
    if path.starts_with("rename.") {
        return near().unwrap_or_else(|| "`rename` has the keys `strip_prefix` and `add_prefix`".to_owned());
    }
    answers::answer(path).map(str::to_owned).or_else(near).unwrap_or_else(|| LIST_OF_KEYS.to_owned())
}

/// What may help if a table is given like a key.
pub(super) fn key_of_table(table: &str) -> String {
    let examples = ["url", "path", "add_prefix"].map(|name| format!("{table}.{name}"));
    let example = KEYS.iter().find(|key| examples.iter().any(|example| key.path == example));
    format!("`{table}` is a table: give one of its keys, such as `{}`", example.map_or(table, |key| key.path))
}

/// The same for a variable: the prefix, such as `RKM_`, and the key in the form of variables.
pub(super) fn unknown_variable(prefix: &str, key: &str) -> String {
    let path = key.to_lowercase().replace("__", ".");
    if keys::is_table(&path) {
        return key_of_table(&path);
    }
    let near = || {
        nearest::hint_as(&path, overridable().map(|key| key.path), |name| {
            format!("{prefix}{}", keys::find(name).map(ConfigKey::in_variables).unwrap_or_default())
        })
    };
    answer_in_table(&path).map(str::to_owned).or_else(near).unwrap_or_else(|| LIST_OF_KEYS.to_owned())
}

/// The same for an option of the command line, which may be a key, or an option of `redis-cli`.
pub fn unknown_option(option: &str) -> Option<String> {
    let name = option.trim_start_matches('-').replace('-', "_");
    let name = match name.as_str() {
        "a" => "pass",
        "n" => "db",
        "p" => "port",
        "u" => "url",
        other => other,
    };
    let is_meant = |key: &&ConfigKey| key.path == name || key.path.rsplit('.').next() == Some(name);
    let keys = overridable().filter(is_meant).map(|key| format!("`--set {}=…`", key.path)).collect::<Vec<_>>();
    let of_keys = (!keys.is_empty()).then(|| format!("to override a value, write {}", keys.join(" or ")));
    of_keys.or_else(|| answers::answer(name).map(|text| text.replacen("there is no such key: ", "", 1)))
}

/// Whether this is the name of a variable of this program or of the script.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with("RKM_") || KEYS.iter().any(|key| key.script == Some(name))
}

/// `RKM_SOURCE_TLS` is answered like `RKM_SOURCE__TLS`.
fn answer_in_table(path: &str) -> Option<&'static str> {
    let of_side = || path.strip_prefix("source_").or_else(|| path.strip_prefix("destination_"));
    answers::answer(path).or_else(|| answers::answer(of_side()?))
}

fn keys_and_tables() -> impl Iterator<Item = &'static str> {
    overridable().map(|key| key.path).chain(TABLES.iter().map(|(table, _)| *table))
}

fn overridable() -> impl Iterator<Item = &'static ConfigKey> {
    KEYS.iter().filter(|key| key.is_overridable())
}

const LIST_OF_KEYS: &str = "`redis-keys-migrator show --defaults` lists all keys";

/// A hint for a common mistake.
fn hint(key: &ConfigKey, shown: &str) -> Option<String> {
    let text = shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match (key.path, key.element.kind) {
        _ if key.is_part(&[Part::Name]) => {
            (shown == mask::HIDDEN || shown.contains("://")).then(|| about_url(key.path))
        }
        _ if key.is_part(&[Part::Socket]) => {
            let is_url = shown == mask::HIDDEN || text?.starts_with("unix:") || text?.starts_with("redis:");
            is_url.then(|| about_url(key.path))
        }
        _ if key.is_part(&[Part::File]) => (shown == mask::HIDDEN).then(|| {
            format!(
                "a server is given as `source.url`; a file elsewhere is piped into `{}`, which is \"-\" then",
                key.path
            )
        }),
        _ if key.is_part(&[Part::Host]) => about_host(key.path, text.unwrap_or(shown)),
        ("types", _) => {
            let text = text?;
            let alone = BASE_TYPES.contains(&text).then(|| format!("a list of one type is [\"{text}\"]"));
            let many = || text.contains(',').then(|| "a list is written as [\"string\", \"hash\"]".to_owned());
            alone.or_else(|| type_name(text)).or_else(many).or_else(|| nearest::hint(text, BASE_TYPES))
        }
        _ if text.is_some_and(|text| text.starts_with("\\\"") || text.starts_with('\'')) => {
            Some("write the value without quotes".to_owned())
        }
        (_, ValueKind::Duration) => {
            let number = text.unwrap_or(shown);
            let seconds = number.parse::<f64>().is_ok_and(|number| number >= 0.0);
            seconds.then(|| format!("write seconds as \"{number}s\""))
        }
        (_, ValueKind::Number | ValueKind::Databases) => text
            .filter(|text| text.parse::<i64>().is_ok())
            .map(|text| format!("write the number without quotes: {text}")),
        _ => None,
    }
}

fn about_list(key: &ConfigKey) -> String {
    let (example, pattern) = match key.path {
        _ if is_command(key) => (r#"["vault", "read", "redis"]"#, ""),
        "types" => (r#"["string", "hash"]"#, ""),
        "tags" => (r#"["eu", "nightly"]"#, ""),
        _ => (r#"["a*", "b*"]"#, r#"; one pattern in brackets is written as a list, too, such as ["[a,b]"]"#),
    };
    format!("each element of a list is in quotes, such as {example}{pattern}")
}

/// Types under the names that people give them.
fn type_name(text: &str) -> Option<String> {
    let known = match text.to_lowercase().replace([' ', '_', '-'], "").as_str() {
        "sortedset" | "sortedsets" => "zset",
        "json" | "rejson" => "ReJSON-RL",
        "timeseries" | "ts" => "TSDB-TYPE",
        "bloom" | "bloomfilter" => "MBbloom--",
        _ => return None,
    };
    Some(format!("the name of that type is `{known}`"))
}

fn about_url(path: &str) -> String {
    format!("a URL is given as `{}.url`", path.split('.').next().unwrap_or(path))
}

fn about_host(path: &str, text: &str) -> Option<String> {
    let side = path.split('.').next().unwrap_or(path);
    if text.contains("://") || text == mask::HIDDEN {
        return Some(about_url(path));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bare {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or(port)),
        None => text.rsplit_once(':')?,
    };
    Some(host).filter(|host| Host::is_valid(host))?;
    match port.parse::<u16>() {
        Ok(port) => Some(format!("give `{side}.host` as \"{host}\" and `{side}.port` as {port}")),
        Err(_) if port.is_empty() => Some(format!("give `{side}.host` as \"{host}\"")),
        Err(_) => None,
    }
}
