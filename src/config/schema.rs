//! The JSON Schema of job files, made of the raw types, the table of keys and the built-in defaults.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::keys::{KEYS, TABLES};
use super::load::DEFAULTS;
use super::raw::RawJob;

/// The JSON Schema of a job file, draft 2020-12, with a newline at its end.
#[must_use]
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut job = generator.into_root_schema_for::<RawJob>().to_value();
    complete(&mut job, "", &defaults());
    format!("{:#}\n", of_file(job))
}

/// The built-in defaults by key, as a table.
pub(super) fn defaults() -> toml::Table {
    let file: toml::Table = DEFAULTS.parse().expect("the built-in defaults are TOML, which a test shows");
    file.get("defaults").and_then(toml::Value::as_table).cloned().unwrap_or_default()
}

fn of_file(mut job: Value) -> Value {
    let object = job.as_object_mut().expect("the schema of a struct is an object");
    object.remove("$schema");
    object.remove("title");
    let mut defaults = object.clone();
    defaults.remove("required");
    properties(&mut defaults).remove("name");
    defaults.insert("description".to_owned(), json!("What every job of this file has unless it says otherwise."));
    object.insert("required".to_owned(), json!(["name"]));
    object.insert("description".to_owned(), json!("One source, one destination, which keys, how fast."));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Job file of redis-keys-migrator",
        "type": "object",
        "properties": {
            "defaults": defaults,
            "job": { "description": "The jobs, in the order in which they are run.", "type": "array", "items": job, "minItems": 1 },
        },
        "required": ["job"],
        "additionalProperties": false,
    })
}

fn properties(schema: &mut Map<String, Value>) -> &mut Map<String, Value> {
    schema.get_mut("properties").and_then(Value::as_object_mut).expect("a table has properties")
}

/// Adds what types do not know: what a key is about, its default, that it may be left out.
fn complete(schema: &mut Value, above: &str, defaults: &toml::Table) {
    let object = schema.as_object_mut().expect("the schema of a struct is an object");
    object.remove("required");
    for (name, property) in properties(object) {
        let path = format!("{above}{name}");
        let fields = property.as_object_mut().expect("each property has a schema of its own");
        may_not_be_null(fields);
        let key = KEYS.iter().find(|key| key.path == path).map(|key| key.about);
        let table = TABLES.iter().find(|(table, _)| *table == path).map(|(_, about)| *about);
        fields.insert("description".to_owned(), json!(key.or(table).unwrap_or_default()));
        match defaults.get(name) {
            Some(toml::Value::Table(below)) => complete(property, &format!("{path}."), below),
            Some(default) => {
                fields.insert("default".to_owned(), json!(default));
            }
            None => {}
        }
    }
    let has = |key: &str| object.get("properties").is_some_and(|properties| properties.get(key).is_some());
    if has("url") {
        let ways = one_way_of_naming_an_end(has("rdb"));
        object.insert("dependentSchemas".to_owned(), ways);
    }
}

/// TOML has no null: what may be left out is left out.
fn may_not_be_null(fields: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("enum") {
        choices.retain(|choice| !choice.is_null());
    }
    if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
        choices.retain(|choice| *choice != json!({ "type": "null" }));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            fields.extend(only);
        }
    }
}

/// What `config::ends` says of one layer.
fn one_way_of_naming_an_end(may_be_file: bool) -> Value {
    let none_of = |keys: &[&str]| -> Value {
        let properties: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), json!(false))).collect();
        json!({ "properties": properties })
    };
    let mut ways = json!({
        "url": none_of(&["host", "port", "db", "username", "password", "password_file"]),
        "password": none_of(&["password_file"]),
    });
    if may_be_file {
        ways["rdb"] = none_of(&["url", "host", "port", "username", "password", "password_file"]);
    }
    ways
}
