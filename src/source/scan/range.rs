//! A part of the keyspace that one lane walks.
//!
//! The bits of a `SCAN` cursor are reversed (`dictScan` in `dict.c`). With its bits in reverse order, a cursor only
//! grows, even if the table is resized during the scan. The position of a key is the low bits of its hash, also
//! reversed. So the keyspace can be cut at any position.

/// One of 2^k equal parts of the keyspace, and how far it has been walked.
#[derive(Debug, PartialEq, Eq)]
pub struct CursorRange {
    start: u64,
    /// Where the next lane starts; `None` for the last.
    end: Option<u64>,
    /// The position of the walk: the cursor with its bits reversed.
    at: u64,
}

/// What a cursor means for its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The lane has not reached its end.
    More,
    /// The lane has reached its end.
    Last,
    /// The cursor went backwards, which happens with no known server.
    Backwards,
}

impl CursorRange {
    /// Cuts the keyspace into `count` parts, a power of two.
    pub fn all(count: u32) -> Vec<Self> {
        let width = u64::MAX / u64::from(count) + u64::from(count > 1);
        let start = |lane: u32| width.wrapping_mul(u64::from(lane));
        let end = |lane: u32| (lane + 1 < count).then(|| start(lane + 1));
        (0..count).map(|lane| Self { start: start(lane), end: end(lane), at: start(lane) }).collect()
    }

    /// The cursor for the next `SCAN`.
    pub fn cursor(&self) -> u64 {
        self.at.reverse_bits()
    }

    /// Moves to a cursor, forwards or backwards.
    pub fn jump(&mut self, cursor: u64) {
        self.at = cursor.reverse_bits();
    }

    /// Moves to the cursor that `SCAN` returned.
    pub fn step(&mut self, cursor: u64) -> Step {
        let at = cursor.reverse_bits();
        if cursor == 0 {
            self.at = self.end.unwrap_or(u64::MAX);
            return Step::Last;
        }
        if at <= self.at {
            return Step::Backwards;
        }
        self.at = at;
        match self.end {
            Some(end) if at >= end => Step::Last,
            _ => Step::More,
        }
    }

    /// How much of the whole keyspace has been walked at a cursor, 0–1.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    pub fn share_of(cursor: u64) -> f64 {
        if cursor == 0 { 1.0 } else { cursor.reverse_bits() as f64 / 2_f64.powi(64) }
    }

    /// How much of the lane has been walked, 0–1.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    pub fn share(&self) -> f64 {
        let end = self.end.unwrap_or(u64::MAX);
        (self.at.min(end) - self.start) as f64 / (end - self.start) as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lanes_start_at_reversed_cursors() {
        let lanes = CursorRange::all(4);
        assert_eq!(lanes.iter().map(CursorRange::cursor).collect::<Vec<_>>(), [0, 2, 1, 3]);
        assert_eq!(lanes[3].end, None);
        assert_eq!(lanes[0].end, Some(1 << 62));
        assert_eq!(CursorRange::all(1)[0].cursor(), 0);
    }

    /// The next cursor of a table of `1 << bits` buckets, as `dictScan` has it.
    fn next(cursor: u64, bits: u32) -> u64 {
        let mask = (1_u64 << bits) - 1;
        ((cursor | !mask).reverse_bits().wrapping_add(1)).reverse_bits()
    }

    proptest! {
        #[test]
        fn every_bucket_is_in_a_lane_and_lanes_go_forward(lanes in 0_u32..7, bits in 0_u32..12) {
            let mut seen = vec![0_u32; 1 << bits];
            for mut lane in CursorRange::all(1 << lanes) {
                loop {
                    let cursor = lane.cursor();
                    seen[usize::try_from(cursor & ((1 << bits) - 1)).expect("small")] += 1;
                    match lane.step(next(cursor, bits)) {
                        Step::More => {}
                        Step::Last => break,
                        Step::Backwards => prop_assert!(false, "backwards from {cursor}"),
                    }
                }
            }
            // Lanes that are narrower than a bucket return the same keys; `ScanLane` removes the duplicates.
            let at_most = 1_u32.max(1 << lanes.saturating_sub(bits));
            prop_assert!(seen.iter().all(|&times| (1..=at_most).contains(&times)));
        }
    }
}
