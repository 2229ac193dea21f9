//! The JSON Schema of job files, made of the table of keys and the built-in defaults.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, TABLES};
use super::load::DEFAULTS;

/// The JSON Schema of a job file, draft 2020-12, with a newline at its end.
#[must_use]
pub fn schema() -> String {
    let mut job = tables("One source, one destination, which keys, how fast.", |_| true);
    job["required"] = json!(["name"]);
    let defaults = tables("What every job of this file has unless it says otherwise.", Key::is_overridable);
    let jobs = "The jobs, in the order in which they are run.";
    let file = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Job file of redis-keys-migrator",
        "type": "object",
        "properties": {
            "defaults": defaults,
            "job": { "description": jobs, "type": "array", "items": job, "minItems": 1 },
        },
        "required": ["job"],
        "additionalProperties": false,
    });
    format!("{file:#}\n")
}

/// The table of a job, with those keys that may stand in it.
fn tables(about: &str, may_have: fn(&Key) -> bool) -> Value {
    let mut job = table(about);
    for (name, about) in TABLES {
        job["properties"][name] = table(about);
    }
    for key in KEYS.iter().filter(|key| may_have(key)) {
        let (table, name) = match key.path.split_once('.') {
            Some((table, name)) => (&mut job["properties"][table], name),
            None => (&mut job, key.path),
        };
        let mut schema = (key.element.schema)();
        schema["description"] = json!(key.about);
        if let Some(default) = default(key) {
            schema["default"] = json!(default);
        }
        table["properties"][name] = schema;
    }
    job["properties"]["source"]["dependentSchemas"] = one_way_of_naming_an_end(true);
    job["properties"]["destination"]["dependentSchemas"] = one_way_of_naming_an_end(false);
    job
}

fn table(about: &str) -> Value {
    json!({ "type": "object", "additionalProperties": false, "description": about, "properties": {} })
}

/// The built-in default of a key, if it has one.
pub(super) fn default(key: &Key) -> Option<toml::Value> {
    let file: toml::Value = toml::from_str(DEFAULTS).expect("the built-in defaults are TOML, which a test shows");
    let path = key.path.split('.');
    path.fold(file.get("defaults"), |table, part| table?.get(part)).cloned()
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
