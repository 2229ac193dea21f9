//! What a walk needs to continue.

use serde::{Deserialize, Serialize};

use crate::engine::Earlier;
use crate::event::{Settlement, Totals, WalkStart};
use crate::source::Positions;

/// The most reasons of failed keys that a record lists.
const MOST_REASONS: usize = 20;

/// What a walk needs to continue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    pub start: WalkStart,
    /// The most lanes of each database, and the databases in order.
    pub lanes: u32,
    pub databases: Vec<u16>,
    /// The watermark of each lane.
    pub positions: Positions,
    /// Of the keys before the watermarks.
    pub totals: Totals,
}

impl Walk {
    /// Moves the watermarks.
    pub fn settle(&mut self, settled: &Settlement<'_>) {
        self.positions.extend(settled.watermarks.iter().map(|watermark| (watermark.lane, watermark.position)));
        self.totals = settled.totals.clone();
        self.totals.add(settled.earlier.clone());
        self.totals.failures.keep(MOST_REASONS);
    }

    /// Where the engine continues.
    pub fn earlier(self) -> Earlier {
        let Self { lanes, databases, positions, totals, .. } = self;
        Earlier { lanes, databases, positions, totals }
    }

    /// The keys that have an outcome.
    pub fn keys(&self) -> u64 {
        self.totals.tally.settled()
    }
}
