//! Watermarks: the position of each lane up to which every key has an outcome.

use std::collections::VecDeque;

use crate::event::{Totals, Watermark};
use crate::source::{LaneId, Position, Positions};

/// The index of an open page. Small, because every key in flight contains one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageId(u32);

/// The watermarks of a job's lanes.
#[derive(Debug, Default)]
pub struct Watermarks {
    /// Incomplete pages, and complete pages after them. Indexes are reused.
    pages: Vec<OpenPage>,
    free: Vec<PageId>,
    lanes: Vec<LanePages>,
    /// Of all keys before the watermarks.
    settled: Totals,
    /// Of complete pages that did not move the position of their lane: a later walk returns their keys again.
    repeated: Totals,
    has_changed: bool,
}

/// The open pages of a lane, the oldest first.
#[derive(Debug, Default)]
struct LanePages {
    open: VecDeque<PageId>,
    settled: Option<Position>,
}

#[derive(Debug)]
struct OpenPage {
    lane: LaneId,
    reached: Position,
    /// Keys without an outcome.
    open: usize,
    /// Of its keys so far.
    totals: Totals,
}

impl Watermarks {
    /// The lanes begin at these positions.
    pub fn begin(&mut self, positions: &Positions) {
        for (lane, position) in positions {
            self.lane(*lane).settled = Some(*position);
        }
    }

    /// The source was walked to its end, so no key is returned again.
    pub fn complete(&mut self) {
        self.settled.add(std::mem::take(&mut self.repeated));
        self.has_changed = true;
    }

    fn lane(&mut self, lane: LaneId) -> &mut LanePages {
        if self.lanes.len() <= lane {
            self.lanes.resize_with(lane + 1, LanePages::default);
        }
        &mut self.lanes[lane]
    }

    /// Opens the next page of a lane, which has so many keys. `totals` is what is counted already.
    pub fn open(&mut self, (lane, reached): (LaneId, Position), keys: usize, totals: Totals) -> PageId {
        let page = OpenPage { lane, reached, open: keys, totals };
        let id = if let Some(id) = self.free.pop() {
            self.pages[id.0 as usize] = page;
            id
        } else {
            self.pages.push(page);
            PageId(u32::try_from(self.pages.len() - 1).expect("open pages fit into memory"))
        };
        self.lane(lane).open.push_back(id);
        self.advance(lane);
        id
    }

    /// Records that a key of a page has an outcome, which its totals contain. A key that is given back never has an outcome,
    /// so its page stays open.
    pub fn settle_one(&mut self, id: PageId) {
        let page = &mut self.pages[id.0 as usize];
        let lane = page.lane;
        page.open -= 1;
        if page.open == 0 {
            self.advance(lane);
        }
    }

    /// The lane of an open page.
    pub fn lane_of(&self, id: PageId) -> LaneId {
        self.pages[id.0 as usize].lane
    }

    /// The totals of an open page.
    pub fn totals(&mut self, id: PageId) -> &mut Totals {
        &mut self.pages[id.0 as usize].totals
    }

    /// The totals of the keys before the watermarks.
    pub fn settled(&self) -> &Totals {
        &self.settled
    }

    /// The totals of all keys: of those before the watermarks, of those that a later walk returns again, and of each open page.
    pub fn each(&self) -> impl Iterator<Item = &Totals> {
        let open = self.lanes.iter().flat_map(|lane| &lane.open);
        open.map(|id| &self.pages[id.0 as usize].totals).chain([&self.settled, &self.repeated])
    }

    /// Adds the totals of the open pages to those before the watermarks, when no watermark is needed any more.
    pub fn collect(&mut self) -> &mut Totals {
        for id in self.lanes.iter_mut().flat_map(|lane| lane.open.drain(..)) {
            self.settled.add(std::mem::take(&mut self.pages[id.0 as usize].totals));
        }
        self.settled.add(std::mem::take(&mut self.repeated));
        &mut self.settled
    }

    /// The watermarks, if one has moved since the last call.
    pub fn changed(&mut self) -> Option<Vec<Watermark>> {
        let of_lane = |(lane, pages): (LaneId, &LanePages)| Some(Watermark { lane, position: pages.settled? });
        std::mem::take(&mut self.has_changed).then(|| self.lanes.iter().enumerate().filter_map(of_lane).collect())
    }

    /// Moves the watermark of a lane over its oldest pages while they are complete.
    fn advance(&mut self, lane: LaneId) {
        let LanePages { open, settled } = &mut self.lanes[lane];
        while let Some(id) = open.front().copied() {
            let page = &mut self.pages[id.0 as usize];
            if page.open > 0 {
                break;
            }
            let has_moved = settled.unwrap_or_default() != page.reached;
            *settled = Some(page.reached);
            let counted = if has_moved { &mut self.settled } else { &mut self.repeated };
            counted.add(std::mem::take(&mut page.totals));
            self.has_changed = true;
            open.pop_front();
            self.free.push(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cursor(cursor: u64) -> Position {
        Position::Cursor(cursor)
    }

    #[test]
    fn a_watermark_moves_when_the_oldest_page_of_its_lane_is_complete() {
        let mut watermarks = Watermarks::default();
        let first = watermarks.open((1, cursor(10)), 2, Totals::default());
        let second = watermarks.open((1, cursor(20)), 1, Totals::default());
        watermarks.settle_one(first);
        watermarks.settle_one(second);
        assert_eq!(watermarks.changed(), None);
        watermarks.settle_one(first);
        assert_eq!(watermarks.changed(), Some(vec![Watermark { lane: 1, position: cursor(20) }]));
        assert_eq!(watermarks.changed(), None);
    }

    #[test]
    fn a_page_without_keys_is_complete_when_those_before_it_are() {
        let mut watermarks = Watermarks::default();
        let first = watermarks.open((0, cursor(1)), 1, Totals::default());
        watermarks.open((0, cursor(2)), 0, Totals::default());
        assert_eq!(watermarks.changed(), None);
        watermarks.settle_one(first);
        assert_eq!(watermarks.changed(), Some(vec![Watermark { lane: 0, position: cursor(2) }]));
    }

    #[test]
    fn a_page_that_does_not_move_the_position_is_counted_when_the_source_was_walked_to_its_end() {
        let mut watermarks = Watermarks::default();
        watermarks.begin(&Positions::from([(0, cursor(7))]));
        let pages = [(0, cursor(7)), (1, Position::default()), (0, cursor(8)), (0, cursor(8))];
        for (lane, reached) in pages {
            let page = watermarks.open((lane, reached), 1, Totals::default());
            watermarks.totals(page).tally.matched += 1;
            watermarks.settle_one(page);
        }
        let all = |watermarks: &Watermarks| watermarks.each().map(|totals| totals.tally.matched).sum::<u64>();
        assert_eq!((watermarks.settled().tally.matched, all(&watermarks)), (1, 4));
        watermarks.complete();
        assert_eq!((watermarks.settled().tally.matched, all(&watermarks)), (4, 4));
    }

    /// A run over lanes of pages, each with so many keys. It begins at the positions, and is killed after some steps: each
    /// opens the next page of a lane, or settles a key. Returns the record, and adds what was walked.
    fn killed(
        lanes: &[Vec<usize>],
        (positions, earlier): (&mut [usize], &mut u64),
        walked: &mut [Vec<u32>],
        steps: &[(prop::sample::Index, bool)],
    ) {
        let (mut watermarks, mut next) = (Watermarks::default(), positions.to_vec());
        let mut open: Vec<PageId> = Vec::new();
        for (index, opens) in steps {
            let lane = index.index(lanes.len());
            if *opens && next[lane] < lanes[lane].len() {
                let (page, keys) = (next[lane], lanes[lane][next[lane]]);
                let id = watermarks.open((lane, cursor(page as u64 + 1)), keys, Totals::default());
                open.extend(std::iter::repeat_n(id, keys));
                walked[lane][page] += 1;
                next[lane] += 1;
            } else if !open.is_empty() {
                let id = open.swap_remove(index.index(open.len()));
                watermarks.totals(id).tally.matched += 1;
                watermarks.settle_one(id);
            }
        }
        for Watermark { lane, position } in watermarks.changed().unwrap_or_default() {
            let Position::Cursor(reached) = position else { panic!("a cursor") };
            positions[lane] = usize::try_from(reached).expect("few pages");
        }
        *earlier += watermarks.settled().tally.matched;
    }

    proptest! {
    /// Compares with a model: a watermark is the position of the last page before the first incomplete one.
            #[test]
            fn every_key_before_a_watermark_has_an_outcome_and_is_in_the_totals(
                pages in prop::collection::vec((0_usize..3, 0_usize..4), 1..30),
                order in prop::collection::vec(any::<prop::sample::Index>(), 0..100),
            ) {
                let mut watermarks = Watermarks::default();
                let ids: Vec<PageId> = (1..)
                    .zip(&pages)
                    .map(|(number, (lane, keys))| watermarks.open((*lane, cursor(number)), *keys, Totals::default()))
                    .collect();
                let mut open: Vec<usize> = pages.iter().map(|(_, keys)| *keys).collect();
                for index in order {
                    let page = index.index(pages.len());
                    if open[page] > 0 {
                        open[page] -= 1;
                        watermarks.totals(ids[page]).tally.matched += 1;
                        watermarks.settle_one(ids[page]);
                    }
                }
                let mut settled = 0;
                for lane in 0..3 {
                    let of_lane = (0..pages.len()).filter(|page| pages[*page].0 == lane);
                    let complete: Vec<usize> = of_lane.take_while(|page| open[*page] == 0).collect();
                    settled += complete.iter().map(|page| pages[*page].1 as u64).sum::<u64>();
                    let complete = complete.last();
                    let expected = complete.map(|page| cursor(*page as u64 + 1));
                    prop_assert_eq!(watermarks.lanes.get(lane).and_then(|pages| pages.settled), expected);
                }
                let counted: u64 = pages.iter().zip(&open).map(|((_, keys), open)| (*keys - open) as u64).sum();
                let of_each: u64 = watermarks.each().map(|totals| totals.tally.matched).sum();
                prop_assert_eq!((watermarks.settled().tally.matched, of_each), (settled, counted));
                prop_assert_eq!(watermarks.collect().tally.matched, counted);
            }

        /// Until every page of every lane is settled, the run is killed and continued.
        #[test]
        fn a_run_that_is_killed_again_and_again_walks_every_page_and_counts_each_key_once(
            lanes in prop::collection::vec(prop::collection::vec(0_usize..4, 0..8), 1..5),
            runs in prop::collection::vec(prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..60), 1..8),
        ) {
            let (mut positions, mut counted) = (vec![0; lanes.len()], 0);
            let mut walked: Vec<Vec<u32>> = lanes.iter().map(|pages| vec![0; pages.len()]).collect();
            for steps in &runs {
                killed(&lanes, (&mut positions, &mut counted), &mut walked, steps);
            }
            let keys = |lane: usize, pages: std::ops::Range<usize>| lanes[lane][pages].iter().sum::<usize>() as u64;
            let before: u64 = (0..lanes.len()).map(|lane| keys(lane, 0..positions[lane])).sum();
            prop_assert_eq!(counted, before);
            for (lane, position) in positions.iter().enumerate() {
                prop_assert!(walked[lane][..*position].iter().all(|times| *times > 0));
            }
        }
        }
}
