//! `schema`: the JSON Schema of the job file.

use super::{Exit, stdout};

/// Prints the schema.
pub fn schema() -> Exit {
    stdout::print(&crate::config::schema())
}
