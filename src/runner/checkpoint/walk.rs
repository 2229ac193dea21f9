//! What a walk needs to continue.

use serde::{Deserialize, Serialize};

use crate::engine::Earlier;
use crate::event::{Settlement, WalkStart};

/// The most reasons of failed keys that a record lists.
const MOST_REASONS: usize = 20;

/// What a walk needs to continue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    pub start: WalkStart,
    /// How far it has come: what is earlier for the run that continues.
    pub earlier: Earlier,
}

impl Walk {
    /// Moves the watermarks.
    pub fn settle(&mut self, settled: &Settlement<'_>) {
        let Self { earlier, .. } = self;
        earlier.positions.extend(settled.watermarks.iter().map(|watermark| (watermark.lane, watermark.position)));
        earlier.totals = settled.totals.clone();
        earlier.totals.add(settled.earlier.clone());
        earlier.totals.failures.keep(MOST_REASONS);
    }

    /// The keys that have an outcome.
    pub fn keys(&self) -> u64 {
        self.earlier.totals.settled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Key;
    use crate::error::{FailedKey, FailureCode, Side};
    use crate::event::{Totals, Watermark};
    use crate::source::Position;

    #[test]
    fn what_is_recorded_of_64_lanes_and_many_reasons_has_less_than_32_kib() {
        let watermarks: Vec<Watermark> =
            (0..64).map(|lane| Watermark { lane, position: Position::Cursor(u64::MAX - lane as u64) }).collect();
        let mut totals = Totals::default();
        for letter in b'a'..=b'z' {
            let text = char::from(letter).to_string();
            totals.failures.add(&FailedKey {
                db: Some(1),
                key: Key::from("K".repeat(1000).into_bytes()),
                renamed: Some(Key::from("R".repeat(900).into_bytes())),
                type_name: None,
                side: Side::Destination,
                server: "node-1.example.com:6379".to_owned(),
                code: FailureCode::Refused,
                message: text.repeat(1000),
            });
        }
        let mut walk = Walk::default();
        walk.settle(&Settlement { watermarks: &watermarks, earlier: &Totals::default(), totals: &totals });
        let bytes = serde_json::to_vec(&walk).expect("the keys of all maps are text");
        assert!(bytes.len() < 32 << 10, "{}", bytes.len());
        assert_eq!(serde_json::from_slice::<Walk>(&bytes).expect("a walk"), walk);
        assert_eq!(totals.failures.by_frequency().len(), 26);
        assert_eq!(
            (walk.earlier.totals.failures.by_frequency().len(), walk.earlier.totals.failures.unlisted()),
            (MOST_REASONS, 6)
        );
    }
}
