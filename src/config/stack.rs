//! The layers of one job, merged.

use figment::Figment;
use figment::value::Value;

use super::configuration::ConfiguredValue;
use super::keys::KEYS;
use super::layer::Layer;
use super::origin::Origin;

/// The layers of one job, weakest first, and what they come to.
pub(super) struct Stack {
    layers: Vec<Layer>,
    merged: Figment,
}

impl Stack {
    pub fn new(mut layers: Vec<Layer>) -> Self {
        layers.sort_by_key(|layer| layer.level);
        let layers = Layer::without_displaced(layers);
        let merged = layers.iter().fold(Figment::new(), Figment::merge);
        Self { layers, merged }
    }

    pub fn merged(&self) -> &Figment {
        &self.merged
    }

    /// The value of a key that counts, and where it comes from.
    pub fn value(&self, path: &str) -> Option<(Value, Origin)> {
        let value = self.merged.find_value(path).ok()?;
        let layer = self.merged.get_metadata(value.tag())?.name.clone();
        let (_, origin) = self.layers.iter().find(|known| known.level.to_string() == layer)?.get(path)?;
        Some((value, origin.clone()))
    }

    /// Whether some layer gives the key with a value that is wrong.
    pub fn is_faulty(&self, path: &str) -> bool {
        self.layers.iter().any(|layer| layer.is_faulty(path))
    }

    /// Every key that has a value.
    pub fn values(&self) -> Vec<ConfiguredValue> {
        let of_key = |key: &'static super::keys::Key| {
            let (value, origin) = self.value(key.path)?;
            let shown = if key.is_secret() { "***".to_owned() } else { shown(&value) };
            Some(ConfiguredValue { key: key.path, shown, origin })
        };
        KEYS.iter().filter_map(of_key).collect()
    }
}

/// As TOML has it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => toml::Value::from(text.as_str()).to_string(),
        Value::Bool(_, truth) => truth.to_string(),
        Value::Array(_, elements) => format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", ")),
        number => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_u128().map(|n| n.to_string()))
            .unwrap_or_default(),
    }
}
