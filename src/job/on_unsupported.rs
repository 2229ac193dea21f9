//! What happens to what the destination cannot hold as a whole.

use serde::Serialize;

/// What happens to a hash whose fields expire where the destination knows no expiry of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnsupported {
    /// The key fails.
    #[default]
    Fail,
    /// It is carried, and its fields stay for good.
    DropFieldTtl,
}
