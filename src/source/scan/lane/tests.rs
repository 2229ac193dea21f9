use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use proptest::prelude::*;

use super::*;
use crate::entry::{Key, slot_of};
use crate::error::EndpointError;
use crate::job::{Selection, samples};
use crate::source::Positions;

/// A table of `1 << bits` buckets, which is walked as `dictScan` does.
#[derive(Clone, Debug)]
struct Table {
    /// How the names of keys begin.
    tag: String,
    bits: u32,
    buckets: Vec<Vec<u32>>,
    count: u32,
    order: Option<CursorOrder>,
    /// After so many `SCAN`s, one returns a cursor that was returned before.
    backwards_after: Option<usize>,
    scans: RefCell<usize>,
}

impl Table {
    fn new(bits: u32, hashes: &[u64], count: u32, order: Option<CursorOrder>) -> Self {
        let mut buckets = vec![Vec::new(); 1 << bits];
        for (number, hash) in (0..).zip(hashes) {
            buckets[usize::try_from(hash & ((1 << bits) - 1)).expect("small")].push(number);
        }
        Self { tag: String::new(), bits, buckets, count, order, backwards_after: None, scans: RefCell::default() }
    }
}

impl Keyspace for Table {
    fn order(&self) -> Option<CursorOrder> {
        self.order
    }

    async fn scan(&self, mut cursor: u64) -> Result<NodePage, EndpointError> {
        // Lanes run at the same time.
        tokio::task::yield_now().await;
        let (mask, from, mut keys) = ((1_u64 << self.bits) - 1, cursor, Vec::new());
        for _ in 0..10 * self.count {
            let bucket = &self.buckets[usize::try_from(cursor & mask).expect("small")];
            keys.extend(bucket.iter().map(|number| Key::from(format!("{}{number}", self.tag).into_bytes())));
            cursor = ((cursor | !mask).reverse_bits().wrapping_add(1)).reverse_bits();
            if cursor == 0 || keys.len() >= self.count as usize {
                break;
            }
        }
        *self.scans.borrow_mut() += 1;
        if self.backwards_after == Some(*self.scans.borrow()) && from != 0 {
            cursor = from;
        }
        Ok(NodePage { cursor, keys, count: self.count })
    }
}

/// Slots with a table each, which are walked one after the other as `kvstoreScan` does.
#[derive(Clone, Debug)]
struct SlotTable {
    slots: BTreeMap<u16, Table>,
    count: u32,
}

impl SlotTable {
    /// `hashes` are those of keys with so many hash tags.
    fn new(tags: usize, bits: u32, hashes: &[u64], count: u32) -> Self {
        let mut slots: BTreeMap<u16, Table> = BTreeMap::new();
        for (number, hash) in (0..).zip(hashes) {
            let table = || Table::new(bits, &[], 1, Some(CursorOrder::Slots));
            let tag = format!("{{{}}}", number as usize % tags);
            let slot = slots.entry(slot_of(tag.as_bytes())).or_insert_with(table);
            slot.buckets[usize::try_from(hash & ((1 << bits) - 1)).expect("small")].push(number);
            slot.tag = tag;
        }
        Self { slots, count }
    }
}

impl Keyspace for SlotTable {
    fn order(&self) -> Option<CursorOrder> {
        Some(CursorOrder::Slots)
    }

    async fn scan(&self, cursor: u64) -> Result<NodePage, EndpointError> {
        let (mut slot, mut inner, mut keys) =
            (u16::try_from(cursor & 0x3fff).expect("14 bits"), cursor >> 14, Vec::new());
        loop {
            let Some((next, table)) = self.slots.range(slot..).next() else {
                return Ok(NodePage { cursor: 0, keys, count: self.count });
            };
            let scanned = table.scan(if *next == slot { inner } else { 0 }).await?;
            keys.extend(scanned.keys);
            (slot, inner) = if scanned.cursor == 0 { (next + 1, 0) } else { (*next, scanned.cursor) };
            if keys.len() >= self.count as usize && slot < 1 << 14 {
                return Ok(NodePage { cursor: inner << 14 | u64::from(slot), keys, count: self.count });
            }
        }
    }
}

fn plan(count: u32, from: Positions) -> ScanPlan {
    let selection: Selection =
        samples::job("walk", std::path::Path::new("errors.log"), crate::job::LogMode::Append).selection;
    ScanPlan { selection, count, lanes: 1, databases: vec![DatabaseSize { db: 0, keys: None }], from }
}

/// One page: where a later walk continues, and the keys.
type Walked = (Position, Vec<u32>);

/// Walks a table in lanes: the pages of each lane.
fn walk(table: &Table, lanes: u32, from: &Positions) -> Vec<Vec<Walked>> {
    let lanes = if table.order.is_some() { lanes } else { 1 };
    walk_ranges(table.clone(), table.count, CursorRange::all(CursorOrder::Bits, lanes), from)
}

fn walk_ranges(keyspace: impl Keyspace, count: u32, ranges: Vec<CursorRange>, from: &Positions) -> Vec<Vec<Walked>> {
    let plan = plan(count, from.clone());
    let turns = Rc::new(Turns::new(ranges.len()));
    let shared = Shared::new(keyspace, &plan, (0, Rc::clone(&turns)), (0, ranges.len()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let pages = join_all(shared.lanes(ranges).into_iter().map(walk_lane)).await;
        turns.wait(1).await;
        pages
    })
}

async fn walk_lane(mut lane: ScanLane<'_, impl Keyspace>) -> Vec<Walked> {
    let mut pages = Vec::new();
    while let Some(page) = lane.next_page().await.expect("it can be scanned") {
        assert_eq!(page.lane, lane.id);
        assert!(page.share.is_none_or(|share| (0.0..=1.0).contains(&share)), "{:?}", page.share);
        pages.push((page.reached, page.keys.iter().map(number).collect()));
    }
    pages
}

/// The number of a key, such as `7` or `{tag}7`.
fn number(key: &SourceKey) -> u32 {
    let name = std::str::from_utf8(key.key.as_bytes()).expect("text");
    name.rsplit('}').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Where lanes are after some of their pages, and the keys that are not returned again from there: those of pages that are
/// followed by another position.
fn stop(pages: &[Vec<Walked>], stops: &[prop::sample::Index], before: &Positions) -> (Positions, Vec<u32>) {
    let (mut positions, mut done) = (before.clone(), Vec::new());
    for (lane, (pages, stop)) in pages.iter().zip(stops).enumerate() {
        for (reached, keys) in &pages[..stop.index(pages.len() + 1)] {
            if positions.get(&lane).copied().unwrap_or_default() != *reached {
                positions.insert(lane, *reached);
                done.extend(keys);
            }
        }
    }
    (positions, done)
}

fn tables() -> impl Strategy<Value = Table> {
    let order = prop_oneof![4 => Just(Some(CursorOrder::Bits)), 1 => Just(None)];
    (0_u32..9, prop::collection::vec(any::<u64>(), 0..400), 1_u32..40, order)
        .prop_map(|(bits, hashes, count, order)| Table::new(bits, &hashes, count, order))
}

fn stops() -> impl Strategy<Value = Vec<Vec<prop::sample::Index>>> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 64), 0..4)
}

fn sorted(mut keys: Vec<u32>) -> Vec<u32> {
    keys.sort_unstable();
    keys
}

fn all(table: &Table) -> Vec<u32> {
    sorted(table.buckets.concat())
}

proptest! {
    #[test]
    fn walks_that_continue_return_each_key_once(table in tables(), lanes in 0_u32..7, stops in stops()) {
        let (mut from, mut keys) = (Positions::new(), Vec::new());
        for stops in stops {
            let (reached, done) = stop(&walk(&table, 1 << lanes, &from), &stops, &from);
            (from, keys) = (reached, [keys, done].concat());
        }
        keys.extend(walk(&table, 1 << lanes, &from).into_iter().flatten().flat_map(|(_, keys)| keys));
        prop_assert_eq!(sorted(keys), all(&table));
    }

    #[test]
    fn after_a_cursor_that_went_backwards_a_walk_continues_where_its_lanes_were_before(
        table in tables(), lanes in 0_u32..7, after in 1_usize..40, stops in stops(),
    ) {
        let (mut from, mut keys) = (Positions::new(), Vec::new());
        for stops in stops {
            let backwards = Table { backwards_after: Some(after), ..table.clone() };
            let pages = walk(&backwards, 1 << lanes, &from);
            let returned: BTreeSet<u32> = pages.iter().flatten().flat_map(|(_, keys)| keys).chain(&keys).copied().collect();
            prop_assert_eq!(returned.into_iter().collect::<Vec<_>>(), all(&table));
            let (reached, done) = stop(&pages, &stops, &from);
            (from, keys) = (reached, [keys, done].concat());
        }
        keys.extend(walk(&table, 1 << lanes, &from).into_iter().flatten().flat_map(|(_, keys)| keys));
        prop_assert_eq!(sorted(keys), all(&table));
    }
}

proptest! {
    #[test]
    fn lanes_of_slots_that_continue_return_each_key_once(
        tags in 1_usize..60, bits in 0_u32..4, hashes in prop::collection::vec(any::<u64>(), 0..400), count in 1_u32..40,
        lanes in 0_u32..7, stops in stops(),
    ) {
        let table = SlotTable::new(tags, bits, &hashes, count);
        let slots: Vec<u16> = (0..1 << 14).collect();
        let walk = |from: &Positions| {
            walk_ranges(table.clone(), count, CursorRange::of_slots(&slots, 1 << lanes), from)
        };
        let (mut from, mut keys) = (Positions::new(), Vec::new());
        for stops in stops {
            let (reached, done) = stop(&walk(&from), &stops, &from);
            (from, keys) = (reached, [keys, done].concat());
        }
        keys.extend(walk(&from).into_iter().flatten().flat_map(|(_, keys)| keys));
        prop_assert_eq!(sorted(keys), (0..u32::try_from(hashes.len()).expect("few")).collect::<Vec<_>>());
    }
}

#[test]
fn lanes_that_have_ended_scan_nothing_and_the_next_database_begins() {
    let table = Table::new(4, &[1, 2, 3, 4, 5], 1, Some(CursorOrder::Bits));
    let ended: BTreeMap<LaneId, Position> = (0..4).map(|lane| (lane, Position::Cursor(0))).collect();
    assert_eq!(walk(&table, 4, &ended), vec![Vec::<Walked>::new(); 4]);
}
