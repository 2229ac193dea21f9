//! A stream that tests can write in every form.

use crate::payload::container::listpack;
use crate::payload::length::put_length;
use crate::payload::samples::Sample;
use crate::payload::string::put_string;
use crate::payload::{Item, ValueType};

pub(super) const FORMS: [ValueType; 5] = [
    ValueType::StreamListpacks,
    ValueType::StreamListpacks2,
    ValueType::StreamListpacks3,
    ValueType::StreamListpacks4,
    ValueType::StreamListpacks5,
];

pub(super) type TestId = (u64, u64);

#[derive(Clone, Debug)]
pub(super) struct TestEntry {
    pub(super) id: TestId,
    pub(super) pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A stream with at most one group, at most two consumers, and one producer with one id.
#[derive(Clone, Debug)]
pub(super) struct TestStream {
    pub(super) entries: Vec<TestEntry>,
    pub(super) length: u64,
    pub(super) last: TestId,
    pub(super) first: TestId,
    pub(super) highest_deleted: TestId,
    pub(super) added: u64,
    pub(super) has_group: bool,
    pub(super) group: &'static str,
    pub(super) group_last: TestId,
    pub(super) entries_read: u64,
    /// For each its id, the time of its delivery, the number of deliveries, and its consumer.
    pub(super) pending: Vec<(u8, i64, u64, usize)>,
    /// For each its name, and the times when it was seen and active.
    pub(super) consumers: Vec<(&'static str, i64, i64)>,
    pub(super) returned: Vec<u8>,
    /// The settings, the name of the producer, its id, the entry of that id, the counters.
    pub(super) producer: (u64, &'static str, &'static str, TestId, u64),
}

/// How the nodes of a stream are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes {
    /// The number of entries in each.
    pub(super) entries: usize,
    /// Whether entries with the names of the first entry refer to them.
    pub(super) shares_names: bool,
    /// Whether a deleted entry comes before each entry.
    pub(super) has_deleted: bool,
}

impl TestStream {
    pub(super) fn with(entries: Vec<TestEntry>) -> Self {
        Self {
            length: entries.len() as u64,
            entries,
            last: (9, 9),
            first: (1, 1),
            highest_deleted: (2, 2),
            added: 12,
            has_group: true,
            group: "group",
            group_last: (7, 7),
            entries_read: u64::MAX,
            pending: vec![(1, 1000, 1, 0), (2, 2000, 2, 1)],
            consumers: vec![("one", 100, 200), ("two", 300, -1)],
            returned: vec![3],
            producer: (60, "p", "id", (1, 1), 0),
        }
    }

    pub(super) fn written(&self, form: u8, nodes: Nodes) -> Sample {
        let mut out = Vec::new();
        let since = |since: u8, numbers: &[u64], out: &mut Vec<u8>| {
            numbers.iter().filter(|_| form >= since).for_each(|&number| put_length(out, number));
        };
        let chunks = self.entries.chunks(nodes.entries);
        put_length(&mut out, chunks.len() as u64);
        chunks.for_each(|entries| nodes.put(&mut out, entries));
        since(1, &[self.length, self.last.0, self.last.1], &mut out);
        let ids = [self.first.0, self.first.1, self.highest_deleted.0, self.highest_deleted.1];
        since(2, &ids, &mut out);
        since(2, &[self.added], &mut out);
        put_length(&mut out, self.has_group.into());
        if self.has_group {
            put_string(&mut out, &Item::from(self.group.as_bytes()));
            since(1, &[self.group_last.0, self.group_last.1], &mut out);
            since(2, &[self.entries_read], &mut out);
            self.put_pending(form, &mut out);
        }
        if form >= 4 {
            let (settings, producer, id, entry, counters) = self.producer;
            out.extend([u8::try_from(settings).unwrap(), 10, 1]);
            put_string(&mut out, &Item::from(producer.as_bytes()));
            put_length(&mut out, 1);
            put_string(&mut out, &Item::from(id.as_bytes()));
            since(4, &[entry.0, entry.1, 1, counters], &mut out);
        }
        (FORMS[usize::from(form) - 1], out)
    }

    fn put_pending(&self, form: u8, out: &mut Vec<u8>) {
        let put_ids = |ids: &[u8], out: &mut Vec<u8>| {
            put_length(out, ids.len() as u64);
            out.extend(ids.iter().flat_map(|&id| [id; 16]));
        };
        put_length(out, self.pending.len() as u64);
        for &(id, time, count, _) in &self.pending {
            out.extend([id; 16]);
            out.extend(time.to_le_bytes());
            put_length(out, count);
        }
        put_length(out, self.consumers.len() as u64);
        for (at, (name, seen, active)) in self.consumers.iter().enumerate() {
            put_string(out, &Item::from(name.as_bytes()));
            out.extend(seen.to_le_bytes());
            if form >= 3 {
                out.extend(active.to_le_bytes());
            }
            let owned: Vec<u8> = self.pending.iter().filter(|entry| entry.3 == at).map(|entry| entry.0).collect();
            put_ids(&owned, out);
        }
        if form >= 5 {
            put_ids(&self.returned, out);
        }
    }
}

impl Nodes {
    fn put(self, out: &mut Vec<u8>, entries: &[TestEntry]) {
        let first = entries[0].id;
        let shared: Vec<&[u8]> = entries[0].pairs.iter().map(|(name, _)| &name[..]).collect();
        let mut items = vec![number(entries.len() as u64), number(0), number(shared.len() as u64)];
        items.extend(shared.iter().map(|&name| Item::from(name)));
        items.push(number(0));
        for entry in entries {
            let has_shared = entry.pairs.iter().map(|(name, _)| &name[..]).eq(shared.iter().copied());
            let is_shared = self.shares_names && has_shared;
            if self.has_deleted {
                put_entry(&mut items, first, &TestEntry { pairs: Vec::new(), ..entry.clone() }, 1);
            }
            put_entry(&mut items, first, entry, if is_shared { 2 } else { 0 });
        }
        out.push(16);
        out.extend(first.0.to_be_bytes());
        out.extend(first.1.to_be_bytes());
        put_string(out, &Item::from(&listpack(&items)[..]));
    }
}

fn put_entry(items: &mut Vec<Item<'_>>, first: TestId, entry: &TestEntry, flags: u64) {
    let start = items.len();
    items.extend([number(flags), number(entry.id.0.wrapping_sub(first.0)), number(entry.id.1.wrapping_sub(first.1))]);
    if flags & 2 == 0 {
        items.push(number(entry.pairs.len() as u64));
    }
    for (name, value) in &entry.pairs {
        if flags & 2 == 0 {
            items.push(Item::Bytes(name.clone().into()));
        }
        items.push(Item::Bytes(value.clone().into()));
    }
    items.push(number((items.len() - start) as u64));
}

fn number(number: u64) -> Item<'static> {
    Item::Int(number.cast_signed())
}
