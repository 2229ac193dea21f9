//! What happens to values that the destination does not support completely.

use serde::Serialize;

/// What happens to a hash whose fields expire if the destination does not support that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnsupported {
    /// The key fails.
    #[default]
    Fail,
    /// The hash is copied without the expiry of its fields.
    DropFieldTtl,
}
