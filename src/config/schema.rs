//! The JSON Schemas of job files and of project files, generated from the table of keys and the built-in defaults.

use serde_json::{Value, json};

use super::elements::{Element, EndpointName, JobName};
use super::endpoint_keys::SIDES;
use super::endpoint_parts::Part;
use super::keys::{self, ConfigKey, KEYS, TABLES};
use super::load::DEFAULTS;
use crate::error::Side;

/// The JSON Schema of a job file, with a newline at its end. It is of draft 7, because language servers for TOML ignore
/// keywords of later drafts.
#[must_use]
pub fn schema() -> String {
    let mut job = tables("One source, one destination, which keys, how fast.", |_| true);
    job["required"] = json!(["name"]);
    let mut file =
        shared("Job file of redis-keys-migrator", "What every job of this file has unless it says otherwise.");
    let jobs = "The jobs, in the order in which they are run.";
    file["properties"]["job"] = json!({ "description": jobs, "type": "array", "items": job, "minItems": 1 });
    file["required"] = json!(["job"]);
    format!("{file:#}\n")
}

/// The JSON Schema of a project file, in the same form.
#[must_use]
pub fn project_schema() -> String {
    let about = "What every job of the project has unless its file says otherwise.";
    format!("{:#}\n", shared("Project file of redis-keys-migrator", about))
}

/// The tables that job files and project files have.
fn shared(title: &str, of_defaults: &str) -> Value {
    let defaults = tables(of_defaults, ConfigKey::is_overridable);
    let profile = tables("What every job has if the profile is selected.", ConfigKey::is_overridable);
    let endpoints = endpoints(&defaults);
    let profiles = profiles(&profile, &endpoints);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "type": "object",
        "properties": { "defaults": defaults, "endpoint": endpoints, "profile": profiles },
        "additionalProperties": false,
    })
}

fn profiles(defaults: &Value, endpoints: &Value) -> Value {
    let about = "The values that count if `--profile` or `RKM_PROFILE` selects this profile.";
    let properties = json!({ "defaults": defaults, "endpoint": endpoints });
    let profile =
        json!({ "description": about, "type": "object", "additionalProperties": false, "properties": properties });
    named("Profiles by name.", &profile)
}

/// Named endpoints have the keys of a source, with the databases of either side.
fn endpoints(defaults: &Value) -> Value {
    let [mut endpoint, destination] = SIDES.map(|side| defaults["properties"][side.to_string()].clone());
    endpoint["description"] = json!("An endpoint, which jobs name as `source` or `destination`.");
    endpoint["type"] = json!("object");
    endpoint["properties"]["db"] = database(&endpoint["properties"]["db"], &destination["properties"]["db"]);
    if let Some(keywords) = endpoint.as_object_mut() {
        keywords.remove("pattern");
    }
    if let Some(keys) = endpoint["properties"].as_object_mut() {
        keys.remove("endpoint");
    }
    named("Endpoints by name: `source = \"NAME\"` stands for the keys in the table.", &endpoint)
}

/// What one side or the other takes. Their keywords are about different types, except for that of a text.
fn database(source: &Value, destination: &Value) -> Value {
    let keywords = [destination, source].into_iter().filter_map(Value::as_object).flatten();
    let mut either: Value = keywords.map(|(keyword, value)| (keyword.clone(), value.clone())).collect();
    either["description"] = json!("Database index, or what a source or a destination may have.");
    either["type"] = json!(["integer", "array", "string", "object"]);
    let patterns = [source, destination].map(|side| side["pattern"].as_str().unwrap_or_default());
    either["pattern"] = json!(patterns.join("|"));
    either
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
        *property(&mut job, path) = table(about);
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
            mut table => {
                table["type"] = json!([schema["type"], "object"]);
                table["description"] = json!(key.about);
                *property = table;
            }
        }
    }
    for side in SIDES {
        let endpoint = &mut job["properties"][side.to_string()];
        endpoint["type"] = json!(["string", "object"]);
        endpoint["pattern"] = EndpointName::schema()["pattern"].clone();
        endpoint["dependencies"] = exclusions(side);
    }
    job
}

/// The place of the schema of a key or a table.
fn property<'s>(schema: &'s mut Value, path: &str) -> &'s mut Value {
    let Some((table, name)) = path.rsplit_once('.') else { return &mut schema["properties"][path] };
    &mut property(schema, table)["properties"][name]
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

/// The keys of an endpoint that exclude each other within a layer. `cluster = false` excludes nothing, so the other keys
/// say what `cluster` must be.
fn exclusions(side: Side) -> Value {
    let is_cluster = |key: &ConfigKey| key.is_part(&[Part::Cluster]);
    let mut exclusions = json!({});
    for key in keys::of_side(side) {
        for other in key.excludes() {
            let (key, other) = if is_cluster(key) { (other, key) } else { (key, other) };
            let must_be = if is_cluster(other) { json!({ "const": false }) } else { json!(false) };
            exclusions[name(key)]["properties"][name(other)] = must_be;
        }
    }
    exclusions
}

/// The last part of its path.
fn name(key: &ConfigKey) -> &'static str {
    key.path.rsplit('.').next().unwrap_or(key.path)
}
