//! The README's table of options.

use serde_json::Value;

use super::elements::ValueKind;
use super::keys::{ConfigKey, KEYS};
use super::schema::default;

/// Every key with its allowed values, default, variables and meaning, as a Markdown table.
#[must_use]
pub fn option_table() -> String {
    let mut table =
        String::from("| key | value | default | variable | script's variable | meaning |\n|---|---|---|---|---|---|\n");
    for key in KEYS.iter() {
        let code = |text: &str| format!("`{text}`");
        let dash = || "–".to_owned();
        let cells = [
            code(key.path),
            allowed(key),
            default(key).map_or_else(dash, |value| code(&value.to_string())),
            key.variable().map_or_else(dash, |name| code(&name)),
            key.script.map_or_else(dash, code),
            key.about.replace('|', "\\|"),
        ];
        table.extend(["| ", &cells.join(" | "), " |\n"]);
    }
    table
}

/// The allowed values, according to the schema.
fn allowed(key: &ConfigKey) -> String {
    of_schema(&(key.element.schema)(), key.element.kind)
}

fn of_schema(schema: &Value, kind: ValueKind) -> String {
    let number = |name: &str| schema.get(name).and_then(Value::as_u64);
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    }
    let range = match (number("minimum"), number("maximum")) {
        (Some(least), Some(most)) => format!("{least}–{most}"),
        (Some(least), None) => format!("≥ {least}"),
        _ => String::new(),
    };
    match kind {
        ValueKind::Number => range,
        ValueKind::Databases if schema.get("items").is_some() => format!("{range}, list, `\"all\"`"),
        ValueKind::Databases => format!("{range}, `\"same\"`, map"),
        ValueKind::Duration => "duration".to_owned(),
        ValueKind::Flag => "`true`, `false`".to_owned(),
        ValueKind::List if schema["type"].is_array() => "text or list".to_owned(),
        ValueKind::List => "list".to_owned(),
        ValueKind::ListOrFalse => "text, list or `false`".to_owned(),
        ValueKind::Table => "table".to_owned(),
        ValueKind::Text | ValueKind::Secret => "text".to_owned(),
    }
}
