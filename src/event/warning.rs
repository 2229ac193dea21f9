//! What the user should know, though nothing has failed.

use schemars::JsonSchema;
use serde::Serialize;

/// What the user should know, though nothing has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Warning {
    /// The job that it is about; `None` if it is about the run as a whole.
    pub job: Option<String>,
    /// The text, without the job's name.
    pub message: String,
}
