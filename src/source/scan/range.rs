//! A part of the keyspace that one lane walks.
//!
//! In their order, cursors only grow, even if the table is resized during the scan. So the keyspace can be cut at any
//! position.

use crate::entry::SLOTS;
use crate::server::CursorOrder as Order;

/// The bits of a slot.
const SLOT_BITS: u32 = 14;

impl Order {
    /// The position of a cursor. The bits of a cursor are reversed (`dictScan` in `dict.c`): with its bits in reverse order, it
    /// only grows. The position of a key is the low bits of its hash, also reversed. In the order of slots, the low bits of
    /// a cursor are the slot, and the others are the cursor in its table (`kvstoreScan` in `kvstore.c`).
    pub fn position(self, cursor: u64) -> u64 {
        match self {
            Self::Bits => cursor.reverse_bits(),
            Self::Slots => cursor << (u64::BITS - SLOT_BITS) | (cursor >> SLOT_BITS).reverse_bits() >> SLOT_BITS,
        }
    }

    /// The cursor at a position.
    pub fn cursor(self, position: u64) -> u64 {
        match self {
            Self::Bits => position.reverse_bits(),
            Self::Slots => (position << SLOT_BITS).reverse_bits() << SLOT_BITS | position >> (u64::BITS - SLOT_BITS),
        }
    }

    /// The position where a slot begins.
    fn start_of(slot: u16) -> u64 {
        Self::Slots.position(slot.into())
    }
}

/// One of several parts of the keyspace, and how far it has been walked.
#[derive(Debug, PartialEq, Eq)]
pub struct CursorRange {
    order: Order,
    start: u64,
    /// Where the next lane starts; `None` for the last.
    end: Option<u64>,
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
    pub fn all(order: Order, count: u32) -> Vec<Self> {
        let width = u64::MAX / u64::from(count) + u64::from(count > 1);
        let starts: Vec<u64> = (0..count).map(|lane| width.wrapping_mul(u64::from(lane))).collect();
        Self::cut_at(order, &starts, None)
    }

    /// Cuts the keyspace from the first to the last of these slots, which are in order, into `count` parts with about as many
    /// of them each.
    pub fn of_slots(slots: &[u16], count: u32) -> Vec<Self> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let mut starts: Vec<u64> =
            (0..count).filter_map(|lane| slots.get(lane * slots.len() / count).copied()).map(Order::start_of).collect();
        starts.dedup();
        let Some(last) = slots.last() else { return Self::all(Order::Slots, 1) };
        let end = (*last < SLOTS - 1).then(|| Order::start_of(last + 1));
        Self::cut_at(Order::Slots, &starts, end)
    }

    fn cut_at(order: Order, starts: &[u64], end: Option<u64>) -> Vec<Self> {
        let ends = starts.iter().skip(1).copied().map(Some).chain([end]);
        starts.iter().zip(ends).map(|(start, end)| Self { order, start: *start, end, at: *start }).collect()
    }

    /// The whole keyspace.
    pub fn whole(&self) -> Self {
        Self { order: self.order, start: 0, end: None, at: 0 }
    }

    /// The cursor for the next `SCAN`.
    pub fn cursor(&self) -> u64 {
        self.order.cursor(self.at)
    }

    /// Moves to a cursor, forwards or backwards.
    pub fn jump(&mut self, cursor: u64) {
        self.at = self.order.position(cursor);
    }

    /// The same range, at its start.
    pub fn restarted(&self) -> Self {
        Self { at: self.start, ..*self }
    }

    /// Continues at the cursor that an earlier walk reached. Returns whether the lane ended there.
    pub fn resume(&mut self, cursor: u64) -> bool {
        let end = self.end.unwrap_or(u64::MAX);
        let at = if cursor == 0 { end } else { self.order.position(cursor) };
        self.at = at.max(self.start);
        cursor == 0 || (self.end.is_some() && at >= end)
    }

    /// Whether it is not at its start any more.
    pub fn has_begun(&self) -> bool {
        self.at != self.start
    }

    /// Moves to the cursor that `SCAN` returned.
    pub fn step(&mut self, cursor: u64) -> Step {
        let at = self.order.position(cursor);
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

    /// Whether a slot belongs to the lane.
    pub fn has_slot(&self, slot: u16) -> bool {
        let at = Order::start_of(slot);
        self.start <= at && self.end.is_none_or(|end| at < end)
    }

    /// How much of the whole keyspace has been walked at a cursor, 0–1.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    pub fn share_of(&self, cursor: u64) -> f64 {
        if cursor == 0 { 1.0 } else { self.order.position(cursor) as f64 / 2_f64.powi(64) }
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
        let lanes = CursorRange::all(Order::Bits, 4);
        assert_eq!(lanes.iter().map(CursorRange::cursor).collect::<Vec<_>>(), [0, 2, 1, 3]);
        assert_eq!(lanes[3].end, None);
        assert_eq!(lanes[0].end, Some(1 << 62));
        assert_eq!(CursorRange::all(Order::Bits, 1)[0].cursor(), 0);
    }

    #[test]
    fn lanes_of_slots_start_at_slots() {
        let slots: Vec<u16> = (100..200).chain(5000..5300).collect();
        let lanes = CursorRange::of_slots(&slots, 4);
        assert_eq!(lanes.iter().map(CursorRange::cursor).collect::<Vec<_>>(), [100, 5000, 5100, 5200]);
        assert!((100..5000).all(|slot| lanes[0].has_slot(slot)) && !lanes[0].has_slot(5000));
        assert!(lanes[3].has_slot(5299) && !lanes[3].has_slot(5300));
        let all: Vec<u16> = (0..SLOTS).collect();
        assert_eq!(CursorRange::of_slots(&all, 2)[1].end, None);
        assert_eq!(CursorRange::of_slots(&[], 4).len(), 1);
        assert_eq!(CursorRange::of_slots(&[7], 4).len(), 1);
    }

    proptest! {
        #[test]
        fn a_cursor_has_one_position_which_grows_with_its_slot(slot in 0_u64..16_384, rest in 0_u64..1 << 50) {
            let cursor = rest << 14 | slot;
            prop_assert_eq!(Order::Slots.cursor(Order::Slots.position(cursor)), cursor);
            prop_assert_eq!(Order::Slots.position(cursor) >> 50, slot);
            prop_assert!(Order::Slots.position(cursor) >= Order::Slots.position(slot));
        }
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
            for mut lane in CursorRange::all(Order::Bits, 1 << lanes) {
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

    proptest! {
        #[test]
        fn a_lane_that_continues_at_a_cursor_scans_what_follows(
            lanes in 0_u32..7, bits in 0_u32..12, stop in any::<prop::sample::Index>(),
        ) {
            for (at, mut lane) in CursorRange::all(Order::Bits, 1 << lanes).into_iter().enumerate() {
                let mut cursors = vec![lane.cursor()];
                while lane.step(next(lane.cursor(), bits)) == Step::More {
                    cursors.push(lane.cursor());
                }
                let last = next(*cursors.last().expect("it has a first"), bits);
                let mut resumed = CursorRange::all(Order::Bits, 1 << lanes).swap_remove(at);
                prop_assert!(!resumed.has_begun());
                let stop = stop.index(cursors.len()) + 1;
                let has_ended = resumed.resume(cursors.get(stop).copied().unwrap_or(last));
                prop_assert_eq!(has_ended, stop == cursors.len());
                prop_assert!(resumed.has_begun() && resumed.share() <= 1.0);
                for cursor in &cursors[stop..] {
                    prop_assert_eq!(resumed.cursor(), *cursor);
                    resumed.step(next(*cursor, bits));
                }
                prop_assert_eq!(resumed.restarted().cursor(), cursors[0]);
            }
        }
    }
}
