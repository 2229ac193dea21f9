//! A value as it was written, and the fault and the hint if it does not fit its key.

use figment::value::Value;

use super::elements::{BASE_TYPES, Host, Reason, Rejection, ValueKind};
use super::endpoint_keys::Part;
use super::fault::Problem;
use super::keys::ConfigKey;
use super::nearest;
use super::origin::Origin;

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

    fn element(&self, index: usize) -> Option<&(String, Origin)> {
        self.elements.get(index)
    }
}

/// Why a value does not fit its key, and what may help.
pub(super) fn explain(key: &ConfigKey, written: &Written, refusal: Rejection) -> (Problem, Option<String>) {
    let index = refusal.index;
    let name = index.map_or_else(|| key.path.to_owned(), |index| format!("{}[{index}]", key.path));
    let shown = match index.and_then(|index| written.element(index)) {
        _ if key.is_secret() || may_hold_login(key, &written.shown) => "***",
        Some((shown, _)) => shown,
        None => &written.shown,
    };
    match refusal.reason {
        Reason::Must(expected) => (Problem::Unfit { key: name, value: cut(shown), expected }, hint(key, shown)),
        Reason::Because { sentence, hint } => {
            (Problem::Refused { key: name, reason: sentence }, hint.map(str::to_owned))
        }
    }
}

/// A URL in place of a host or of a socket may contain a password.
fn may_hold_login(key: &ConfigKey, shown: &str) -> bool {
    key.is_part(&[Part::Host, Part::Socket]) && shown.contains('@')
}

fn cut(shown: &str) -> String {
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown.to_owned(),
    }
}

/// A hint for a common mistake.
fn hint(key: &ConfigKey, shown: &str) -> Option<String> {
    let text = shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match (key.path, key.element.kind) {
        _ if key.is_part(&[Part::Socket]) => {
            let is_url = shown == "***" || text?.starts_with("unix:") || text?.starts_with("redis:");
            is_url.then(|| about_url(key.path))
        }
        _ if key.is_part(&[Part::Host]) => about_host(key.path, text.unwrap_or(shown)),
        ("types", _) => {
            let text = text?;
            let alone = BASE_TYPES.contains(&text).then(|| format!("a list of one type is [\"{text}\"]"));
            alone.or_else(|| nearest::hint(text, BASE_TYPES).filter(|hint| hint.starts_with("did")))
        }
        (_, ValueKind::Duration) => {
            let number = text.unwrap_or(shown);
            let seconds = number.parse::<f64>().is_ok_and(|number| number >= 0.0);
            seconds.then(|| format!("write seconds as \"{number}s\""))
        }
        (_, ValueKind::Number) => text
            .filter(|text| text.parse::<i64>().is_ok())
            .map(|text| format!("write the number without quotes: {text}")),
        _ => None,
    }
}

fn about_url(path: &str) -> String {
    format!("a URL is given as `{}.url`", path.split('.').next().unwrap_or(path))
}

fn about_host(path: &str, text: &str) -> Option<String> {
    let side = path.split('.').next().unwrap_or(path);
    if text.contains("://") || text == "***" {
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
