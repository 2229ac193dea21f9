//! The facts that make up a stream.

use crate::payload::Item;

/// The id of an entry.
#[derive(Clone, Copy, Hash)]
pub(super) struct StreamId {
    pub(super) ms: u64,
    pub(super) seq: u64,
}

impl StreamId {
    /// The first id of a node, which is written as a string of two numbers, big endian.
    pub(super) fn of_node(bytes: &[u8]) -> Option<Self> {
        let (ms, seq) = bytes.split_first_chunk()?;
        Some(Self { ms: u64::from_be_bytes(*ms), seq: u64::from_be_bytes(seq.try_into().ok()?) })
    }
}

/// An id as bytes: both numbers, big endian.
type RawId = [u8; 16];

/// Something that is known about a stream. Names that belong to many facts are digests: `names`, `group`, `consumer`,
/// `producer`. A part is `None` if one of the streams that are compared has a form without it.
#[derive(Hash)]
pub(super) enum Fact<'a> {
    Entry { id: StreamId, names: u128, values: u128 },
    Stream { length: u64, last: StreamId, counters: Option<Counters> },
    Group { group: u128, last: StreamId, entries_read: Option<u64>, returned: Option<u128> },
    Pending { group: u128, id: RawId, delivered_at: i64, deliveries: u64 },
    Consumer { consumer: u128, seen_at: i64, active_at: Option<i64> },
    Owned { consumer: u128, id: RawId },
    Idempotence { settings: [u64; 2], producers: u128, counters: [u64; 2] },
    Produced { producer: u128, item: Item<'a>, id: StreamId },
}

#[derive(Hash)]
pub(super) struct Counters {
    pub(super) first: StreamId,
    pub(super) highest_deleted: StreamId,
    pub(super) added: u64,
}
