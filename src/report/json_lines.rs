//! Lines of JSON: one object in each line, such as those of an error log in JSON.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use crate::entry::Key;
use crate::sanitize;

/// A time in UTC, with milliseconds.
pub(super) fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

/// The name of a key, if it is valid UTF-8.
pub(super) fn text(key: &Key) -> Option<&str> {
    std::str::from_utf8(key.as_bytes()).ok()
}

/// Writes the line.
pub(super) fn write(line: &impl Serialize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let line = serde_json::to_string(line).map_err(|_| fmt::Error)?;
    writeln!(f, "{}", sanitize::json(&line))
}

/// What the tests of each kind of line check.
#[cfg(test)]
pub(super) mod checks {
    use schemars::JsonSchema;
    use schemars::generate::SchemaSettings;
    use serde_json::Value;

    pub fn schema_of<T: JsonSchema>() -> String {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        serde_json::to_string_pretty(&settings.into_generator().into_root_schema_for::<T>()).unwrap() + "\n"
    }

    /// Reads a line, which its schema takes.
    #[track_caller]
    pub fn read(line: &impl ToString, schema: &str) -> Value {
        let text = line.to_string();
        assert!(text.ends_with("}\n") && text.matches('\n').count() == 1, "{text}");
        let line = serde_json::from_str(&text).unwrap();
        let schema: Value = serde_json::from_str(schema).unwrap();
        assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&line), "{text}");
        line
    }

    /// Compares a file in `schemas` with the schema, or renews it.
    #[track_caller]
    pub fn expect_schema_file(name: &str, schema: &str) {
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
            std::fs::write(&path, schema).unwrap();
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(held == schema, "{path} is out of date: run this test with UPDATE_EXPECTED=1");
    }
}
