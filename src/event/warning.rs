//! A warning for the user.

use schemars::JsonSchema;
use serde::Serialize;

/// A warning for the user: nothing has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Warning {
    /// The job that it concerns; `None` for the run as a whole.
    pub job: Option<String>,
    /// The text, without the job's name.
    pub message: String,
}
