//! The start of a walk, which its end is compared with.

use serde::{Deserialize, Serialize};

use crate::server::Counts;

/// The start of a walk. A run that continues the walk has the same one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkStart {
    /// Unix time in ms from which `min_ttl` and `max_ttl` count.
    pub now_ms: u64,
    /// What each server of the source had counted, and of the destination; `None` if it is unknown.
    pub counts: Option<[Vec<Counts>; 2]>,
}
