//! How far an earlier run has come, which this one continues.

use serde::{Deserialize, Serialize};

use crate::event::Totals;
use crate::source::Positions;

/// How far an earlier run has walked a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The most lanes of each database, and the databases in order.
    pub lanes: u32,
    pub databases: Vec<u16>,
    /// The watermark of each lane.
    pub positions: Positions,
    /// Of the keys before the watermarks.
    pub totals: Totals,
}

impl Earlier {
    /// What the earlier run counted, if there is one.
    pub fn totals(earlier: Option<&Self>) -> Totals {
        earlier.map(|earlier| earlier.totals.clone()).unwrap_or_default()
    }
}
