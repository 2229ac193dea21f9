//! Streams.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::Comparison::NotComparable;
use super::test_stream::{Nodes, TestEntry, TestStream};
use super::{Different, Equal, Part, compare_at, compared};
use crate::payload::samples::{payload, streams};
use crate::payload::tests::text;

const NODES: Nodes = Nodes { entries: 2, shares_names: true, has_deleted: false };

/// Three entries. The second one has other fields than the first one.
fn stream() -> TestStream {
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let entry = |ms, pairs: &[_]| TestEntry { id: (ms, 10 - ms), pairs: pairs.to_vec() };
    TestStream::with(vec![
        entry(1, &[pair("a", "1"), pair("b", "2")]),
        entry(2, &[pair("a", "1")]),
        entry(3, &[pair("a", "1"), pair("b", "2")]),
    ])
}

type Change = fn(&mut TestStream);

/// All changes of what is not about groups, each with the first form in which it is visible.
const VALUE_CHANGES: [(&str, u8, Change); 15] = [
    ("an entry is missing", 1, |stream| drop(stream.entries.pop())),
    ("another ms", 1, |stream| stream.entries[1].id.0 = 7),
    ("another sequence number", 1, |stream| stream.entries[1].id.1 = 7),
    ("another value", 1, |stream| stream.entries[2].pairs[1].1.push(b'x')),
    ("another name", 1, |stream| stream.entries[2].pairs[1].0.push(b'x')),
    ("another order of fields", 1, |stream| stream.entries[2].pairs.reverse()),
    ("one field less", 1, |stream| drop(stream.entries[2].pairs.pop())),
    ("length", 1, |stream| stream.length += 1),
    ("last id", 1, |stream| stream.last.1 += 1),
    ("first id", 2, |stream| stream.first.0 += 1),
    ("highest deleted id", 2, |stream| stream.highest_deleted.1 += 1),
    ("entries added", 2, |stream| stream.added += 1),
    ("settings of producers", 4, |stream| stream.producer.0 += 1),
    ("entry of a producer", 4, |stream| stream.producer.3.1 += 1),
    ("counter of duplicates", 4, |stream| stream.producer.4 += 1),
];

/// All changes of groups.
const GROUP_CHANGES: [(&str, u8, Change); 13] = [
    ("no group", 1, |stream| stream.has_group = false),
    ("name of a group", 1, |stream| stream.group = "other"),
    ("last id of a group", 1, |stream| stream.group_last.0 += 1),
    ("entries read", 2, |stream| stream.entries_read = 3),
    ("a pending entry is missing", 1, |stream| stream.pending.truncate(1)),
    ("time of a delivery", 1, |stream| stream.pending[0].1 += 1),
    ("number of deliveries", 1, |stream| stream.pending[0].2 += 1),
    ("consumer of a pending entry", 1, |stream| stream.pending[0].3 = 1),
    ("name of a consumer", 1, |stream| stream.consumers[1].0 = "three"),
    ("time when a consumer was seen", 1, |stream| stream.consumers[1].1 += 1),
    ("time when a consumer was active", 3, |stream| stream.consumers[1].2 += 1),
    ("a consumer is missing", 1, |stream| stream.consumers.truncate(1)),
    ("returned entries", 5, |stream| stream.returned.push(4)),
];

#[test]
fn each_change_of_a_stream_is_seen_if_both_forms_can_store_it() {
    for (part, changes) in [(Part::Value, &VALUE_CHANGES[..]), (Part::Groups, &GROUP_CHANGES)] {
        for (what, since, change) in changes {
            assert_seen(what, *since, part, *change);
        }
    }
}

#[test]
fn a_changed_entry_and_a_changed_group_are_another_value() {
    for (what, since, change) in VALUE_CHANGES {
        let lost: Change = |stream| stream.has_group = false;
        let mut theirs = stream();
        change(&mut theirs);
        lost(&mut theirs);
        let (ours, theirs) = (stream().written(since, NODES), theirs.written(5, NODES));
        assert_eq!(compared(&ours, &theirs), Different(Part::Value), "{what}");
    }
}

/// Fails unless such a change makes this part different if both forms are at least `since`.
#[track_caller]
fn assert_seen(what: &str, since: u8, part: Part, change: Change) {
    let ours = stream();
    let mut theirs = ours.clone();
    change(&mut theirs);
    for (one, other) in (1..=5).flat_map(|one| (1..=5).map(move |other| (one, other))) {
        let (ours, theirs) = (ours.written(one, NODES), theirs.written(other, NODES));
        let expected = if one.min(other) >= since { Different(part) } else { Equal };
        assert_eq!(compared(&ours, &theirs), expected, "{what}, in the forms {one} and {other}");
        // Clients change these times without changing anything.
        let expected = if what.starts_with("time when") { Equal } else { expected };
        assert_eq!(compare_at(&payload(&ours), &payload(&theirs), 0), expected, "{what}, at a time");
    }
}

#[test]
fn the_same_stream_is_equal_in_all_forms() {
    let samples = streams();
    assert_eq!(samples.len(), 5);
    for (at, one) in samples.iter().enumerate() {
        for other in &samples[at..] {
            assert_eq!(compared(one, other), Equal, "{:?} and {:?}", one.0, other.0);
        }
    }
}

#[test]
fn a_node_that_ends_in_the_middle_of_an_entry_is_damaged() {
    let mut ours = stream();
    let theirs = ours.written(3, NODES);
    ours.entries[2].pairs.clear();
    let (value_type, mut value) = ours.written(3, Nodes { entries: 3, ..NODES });
    // The flags say that the entry without fields has the names of the node.
    let at = value.windows(6).position(|bytes| bytes == [0, 1, 2, 1, 0xdf, 0xfe]).expect("the last entry");
    value[at] = 2;
    assert_eq!(compared(&theirs, &(value_type, value)), NotComparable);
}

fn entries() -> impl Strategy<Value = Vec<TestEntry>> {
    let pairs = prop::collection::vec((text(), text()), 1..4);
    let entries = prop::collection::btree_map((any::<u64>(), any::<u64>()), (pairs, any::<bool>()), 1..12);
    entries.prop_map(|entries| {
        let mut before: Option<Vec<(Vec<u8>, Vec<u8>)>> = None;
        let entry = |(id, (pairs, repeats))| {
            let pairs = before.clone().filter(|_| repeats).unwrap_or(pairs);
            before = Some(pairs.clone());
            TestEntry { id, pairs }
        };
        entries.into_iter().map(entry).collect()
    })
}

fn nodes() -> impl Strategy<Value = Nodes> {
    let nodes = (1_usize..13, any::<bool>(), any::<bool>());
    nodes.prop_map(|(entries, shares_names, has_deleted)| Nodes { entries, shares_names, has_deleted })
}

proptest! {
    #[test]
    fn entries_are_the_same_in_any_nodes(entries in entries(), one in nodes(), other in nodes(), forms in (1_u8..6, 1_u8..6)) {
        let stream = TestStream::with(entries);
        prop_assert_eq!(compared(&stream.written(forms.0, one), &stream.written(forms.1, other)), Equal);
    }

    #[test]
    fn any_change_of_an_entry_is_seen(entries in entries(), one in nodes(), other in nodes(), at: Index, kind in 0_u8..4) {
        let ours = TestStream::with(entries);
        let mut theirs = ours.clone();
        let at = at.index(ours.entries.len());
        let entry = &mut theirs.entries[at];
        match kind {
            0 => entry.pairs[0].0.push(b'x'),
            1 => entry.pairs[0].1.push(b'x'),
            2 => entry.id.1 = entry.id.1.wrapping_add(1),
            _ => drop(entry.pairs.pop()),
        }
        prop_assert_eq!(compared(&ours.written(3, one), &theirs.written(2, other)), Different(Part::Value));
    }
}
