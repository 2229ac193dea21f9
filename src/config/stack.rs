//! The layers of one job, merged.

use figment::Figment;
use figment::value::Value;

use super::configuration::ConfiguredValue;
use super::elements::{Element, whole_number};
use super::endpoint_keys::SIDES;
use super::endpoint_parts::Part;
use super::endpoints;
use super::fault::Problem;
use super::keys::{self, ConfigKey, KEYS};
use super::layer::{Layer, merged_name};
use super::mask;
use super::origin::Origin;
use crate::error::Side;

/// The layers of one job, weakest first, and their merged values.
pub(super) struct Stack {
    layers: Vec<Layer>,
    merged: Figment,
}

impl Stack {
    pub fn new(mut layers: Vec<Layer>) -> Self {
        layers.sort_by_key(|layer| layer.level);
        for side in SIDES {
            endpoints::drop_displaced(&mut layers, side);
        }
        let merged = layers.iter().fold(Figment::new(), Figment::merge);
        Self { layers, merged }
    }

    /// The value of a key, and where it comes from.
    pub fn value(&self, path: &str) -> Option<(Value, Origin)> {
        let value =
            self.merged.find_value(&merged_name(path)).ok().filter(|value| !matches!(value, Value::Empty(..)))?;
        let (own, origin) = self.layers.iter().rev().find_map(|layer| layer.get(path))?;
        // A map is one value: it is not merged with the maps of weaker layers.
        Some((if own.as_dict().is_some() { own.clone() } else { value }, origin.clone()))
    }

    /// The key that names where an endpoint is.
    pub fn place(&self, side: Side) -> Option<&'static ConfigKey> {
        let is_given = |key: &ConfigKey| self.value(key.path).is_some_and(|(value, _)| value.to_bool() != Some(false));
        keys::of_side(side).find(|key| key.is_part(&Part::PLACES) && is_given(key))
    }

    /// The place of a URL with a user that may be the password: neither its layer nor a stronger one gives a password.
    pub fn doubtful_user(&self, side: Side) -> Option<Origin> {
        let user = keys::of(side, "username").path;
        let at = self.layers.iter().rposition(|layer| layer.mentions(user))?;
        let gives_password =
            |layer: &Layer| keys::of_side(side).any(|key| key.is_part(&[Part::Password]) && layer.mentions(key.path));
        let is_doubtful = self.layers[at].has_doubtful_user(user) && !self.layers[at..].iter().any(gives_password);
        self.layers[at].place_of(user).filter(|_| is_doubtful).cloned()
    }

    /// Where any layer sets a flag, even if a stronger one unsets it.
    pub fn set_anywhere(&self, path: &str) -> Option<Origin> {
        let set = |layer: &Layer| layer.get(path).filter(|(value, _)| value.to_bool() == Some(true)).cloned();
        self.layers.iter().find_map(set).map(|(_, origin)| origin)
    }

    /// Whether a source is a file.
    pub fn is_file(&self, side: Side) -> bool {
        self.place(side).is_some_and(|key| key.is_part(&[Part::File]))
    }

    /// Whether a server is reached through a Unix socket.
    pub fn is_socket(&self, side: Side) -> bool {
        self.place(side).is_some_and(|key| key.is_part(&[Part::Socket]))
    }

    /// The value of a key, if it has one.
    ///
    /// # Errors
    ///
    /// Only if the table of keys has the key with another kind of value: each value has been checked as that kind.
    pub fn optional<E: Element>(&self, path: &str) -> Result<Option<E::Value>, Problem> {
        debug_assert!(keys::find(path).is_some(), "no key `{path}`");
        let read = self.value(path).map(|(value, _)| E::read(&value)).transpose();
        // The message has no value: it may be a secret.
        read.map_err(|_| Problem::Internal(format!("`{path}` cannot be read again")))
    }

    /// The same for a key that has a default, or whose absence has been reported.
    pub fn required<E: Element>(&self, path: &str) -> Result<E::Value, Problem> {
        self.optional::<E>(path)?.ok_or_else(|| Problem::Internal(format!("`{path}` has no value")))
    }

    /// Whether a layer gives the key an invalid value.
    pub fn is_faulty(&self, path: &str) -> bool {
        self.layers.iter().any(|layer| layer.is_faulty(path))
    }

    /// Every key that has a value.
    pub fn values(&self) -> Vec<ConfiguredValue> {
        let of_key = |key: &'static ConfigKey| {
            let (value, origin) = self.value(key.path).filter(|_| self.has_effect(key))?;
            let hidden =
                key.is_secret() || (key.is_part(&[Part::Password, Part::SentinelPassword]) && !is_path(&value));
            let shown = if hidden { mask::HIDDEN.to_owned() } else { shown(&value) };
            let from_file = matches!(origin, Origin::File { .. });
            let table = if from_file { self.table(key.path) } else { String::new() };
            Some(ConfiguredValue { key: key.path, shown, origin, table })
        };
        KEYS.iter().filter_map(of_key).collect()
    }
}

impl Stack {
    /// Whether connections are encrypted.
    pub fn has_tls(&self, side: Side) -> bool {
        !self.is_file(side)
            && self.value(keys::of(side, "tls").path).is_some_and(|(tls, _)| tls.to_bool() == Some(true))
    }

    /// The table that the value of a key is from.
    fn table(&self, path: &str) -> String {
        let strongest = self.layers.iter().rev().find(|layer| layer.get(path).is_some());
        strongest.map(|layer| layer.table.clone()).unwrap_or_default()
    }

    /// Whether a value says more than others: the keys of the table `tls` only count with TLS, and mean it.
    fn has_effect(&self, key: &ConfigKey) -> bool {
        let Some((side, Part::Tls)) = key.endpoint else { return true };
        let switch = keys::of(side, "tls").path;
        let is_of_table = |other: &&ConfigKey| other.is_part(&[Part::Tls]) && other.path != switch;
        let has_table = || keys::of_side(side).filter(is_of_table).any(|other| self.value(other.path).is_some());
        if key.path == switch { !self.has_tls(side) || !has_table() } else { self.has_tls(side) }
    }
}

/// Whether the value of `password_file` is a path, and not the password itself.
fn is_path(value: &Value) -> bool {
    value.as_str().is_some_and(|text| mask::is_path(text.as_ref()))
}

/// In TOML.
fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => toml::Value::from(text.as_str()).to_string(),
        Value::Bool(_, truth) => truth.to_string(),
        Value::Dict(_, table) => {
            let pairs =
                table.iter().map(|(name, value)| format!("{} = {}", toml::Value::from(name.as_str()), shown(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(_, elements) => format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", ")),
        number => whole_number(number).map(|number| number.to_string()).unwrap_or_default(),
    }
}
