//! The databases of a job, as in its file.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::job::{Databases, TargetDatabases};

/// The databases whose keys are read.
#[derive(Debug, Serialize)]
pub struct SourceDatabases(pub(super) Databases);

/// The databases that keys are written to.
#[derive(Debug, Serialize)]
pub struct DestinationDatabases(pub(super) TargetDatabases);

impl JsonSchema for SourceDatabases {
    fn schema_name() -> Cow<'static, str> {
        "SourceDatabases".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let index = json_schema!({ "type": "integer", "minimum": 0, "maximum": 65535 });
        json_schema!({
            "description": "The index of one database, a list of indexes, or `all`.",
            "anyOf": [index, { "type": "array", "items": index }, { "const": "all" }],
        })
    }
}

impl JsonSchema for DestinationDatabases {
    fn schema_name() -> Cow<'static, str> {
        "DestinationDatabases".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let index = json_schema!({ "type": "integer", "minimum": 0, "maximum": 65535 });
        json_schema!({
            "description": "The index of one database; `same` if each key keeps its database; or the index by source database.",
            "anyOf": [index, { "const": "same" }, { "type": "object", "additionalProperties": index }],
        })
    }
}
