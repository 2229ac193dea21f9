//! `schema`: prints the JSON Schema of a file that this program reads or writes.

use clap::ValueEnum;

use crate::config::{project_schema, schema};

/// A file with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A job file.
    Job,
    /// The project file.
    Project,
    /// The JSON report of a run.
    Report,
    /// What `check --format json` prints.
    Check,
    /// A line of an error log with `error_log.format = "json"`.
    ErrorLog,
    /// A line of a differences file.
    Differences,
}

impl SchemaKind {
    /// Its schema. Tests compare the files in `schemas` with the types.
    pub fn schema(self) -> String {
        match self {
            Self::Job => schema(),
            Self::Project => project_schema(),
            Self::Report => include_str!("../../schemas/report.schema.json").to_owned(),
            Self::Check => include_str!("../../schemas/check.schema.json").to_owned(),
            Self::Differences => include_str!("../../schemas/differences.schema.json").to_owned(),
            Self::ErrorLog => include_str!("../../schemas/error-log.schema.json").to_owned(),
        }
    }
}
