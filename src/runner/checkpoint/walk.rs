//! What a walk needs to continue.

use serde::{Deserialize, Serialize};

/// What a walk needs to continue. Without its positions, it starts from the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {}
