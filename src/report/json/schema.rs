//! The JSON Schema of the report.

use schemars::generate::SchemaSettings;

use super::document::Report;

/// The JSON Schema of the report, draft 2020-12. `schemas/report.schema.json` holds it.
///
/// # Panics
///
/// Never: a schema is JSON.
pub fn report_schema() -> String {
    let schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}
