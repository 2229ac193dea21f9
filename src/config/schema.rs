//! The JSON Schema of job files, generated from the table of keys and the built-in defaults.

use serde_json::{Map, Value, json};

use super::elements::{Element, EndpointName, JobName};
use super::endpoint_keys::SIDES;
use super::keys::{self, ConfigKey, KEYS, TABLES};
use super::load::DEFAULTS;
use crate::error::Side;

/// The JSON Schema of a job file, draft 2020-12, with a newline at its end.
#[must_use]
pub fn schema() -> String {
    let mut job = tables("One source, one destination, which keys, how fast.", |_| true);
    job["required"] = json!(["name"]);
    let defaults = tables("What every job of this file has unless it says otherwise.", ConfigKey::is_overridable);
    let profile = tables("What every job of this file has if the profile is selected.", ConfigKey::is_overridable);
    let endpoints = endpoints(&defaults);
    let jobs = "The jobs, in the order in which they are run.";
    let file = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Job file of redis-keys-migrator",
        "type": "object",
        "properties": {
            "defaults": defaults,
            "endpoint": endpoints,
            "profile": profiles(&profile, &endpoints),
            "job": { "description": jobs, "type": "array", "items": job, "minItems": 1 },
        },
        "required": ["job"],
        "additionalProperties": false,
    });
    format!("{file:#}\n")
}

fn profiles(defaults: &Value, endpoints: &Value) -> Value {
    let tables = json!({ "defaults": defaults, "endpoint": endpoints });
    let profile = json!({ "type": "object", "additionalProperties": false, "properties": tables });
    let about = "Values that count if `--profile` or `RKM_PROFILE` selects the profile.";
    named(about, &profile)
}

/// Named endpoints have the keys of a source, with the databases of either side.
fn endpoints(defaults: &Value) -> Value {
    let [source, destination] = SIDES.map(|side| defaults["properties"][side.to_string()]["anyOf"][1].clone());
    let mut endpoint = source;
    endpoint["description"] = json!("An endpoint, which jobs name as `source` or `destination`.");
    endpoint["properties"]["db"] = json!({
        "description": "Database index, or what a source or a destination may have.",
        "anyOf": [endpoint["properties"]["db"], destination["properties"]["db"]],
    });
    if let Some(keys) = endpoint["properties"].as_object_mut() {
        keys.remove("endpoint");
    }
    named("Endpoints by name: `source = \"NAME\"` stands for the keys in the table.", &endpoint)
}

/// Tables by name.
fn named(about: &str, table: &Value) -> Value {
    let names = JobName::schema();
    json!({ "type": "object", "description": about, "propertyNames": names, "additionalProperties": table })
}

/// The schema of a job, with the keys that are allowed in it.
fn tables(about: &str, may_have: fn(&ConfigKey) -> bool) -> Value {
    let mut job = table(about);
    for (path, about) in TABLES {
        let is_endpoint = SIDES.iter().any(|side| side.to_string() == path);
        let table = table(about);
        *property(&mut job, path) =
            if is_endpoint { json!({ "description": about, "anyOf": [EndpointName::schema(), table] }) } else { table };
    }
    for key in KEYS.iter().filter(|key| may_have(key)) {
        let mut schema = (key.element.schema)();
        schema["description"] = json!(key.about);
        if let Some(default) = default(key) {
            schema["default"] = json!(default);
        }
        let property = property(&mut job, key.path);
        match property.take() {
            Value::Null => *property = schema,
            // The key is a table, too.
            table => *property = json!({ "description": key.about, "anyOf": [schema, table] }),
        }
    }
    for side in SIDES {
        job["properties"][side.to_string()]["anyOf"][1]["dependentSchemas"] = exclusions(side);
    }
    job
}

/// The place of the schema of a key or a table.
fn property<'s>(schema: &'s mut Value, path: &str) -> &'s mut Value {
    let Some((table, name)) = path.rsplit_once('.') else { return &mut schema["properties"][path] };
    let table = property(schema, table);
    // A table that has another form, too, is the last of its forms.
    let table = if table["anyOf"].is_array() { &mut table["anyOf"][1] } else { table };
    &mut table["properties"][name]
}

fn table(about: &str) -> Value {
    json!({ "type": "object", "additionalProperties": false, "description": about, "properties": {} })
}

/// The built-in default of a key, if it has one.
pub(super) fn default(key: &ConfigKey) -> Option<toml::Value> {
    let file: toml::Value = toml::from_str(DEFAULTS).expect("the built-in defaults are TOML, which a test shows");
    let path = key.path.split('.');
    path.fold(file.get("defaults"), |table, part| table?.get(part)).cloned()
}

/// The keys of an endpoint that exclude each other within a layer.
fn exclusions(side: Side) -> Value {
    let of_key = |key: &'static ConfigKey| {
        let excluded: Map<String, Value> = key.excludes().map(|other| (name(other).to_owned(), json!(false))).collect();
        let exclusion = json!({ "properties": excluded });
        (!excluded.is_empty()).then(|| (name(key).to_owned(), exclusion))
    };
    keys::of_side(side).filter_map(of_key).collect::<Map<String, Value>>().into()
}

/// The last part of its path.
fn name(key: &ConfigKey) -> &'static str {
    key.path.rsplit('.').next().unwrap_or(key.path)
}
