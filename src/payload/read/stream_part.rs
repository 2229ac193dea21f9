//! The parts of a stream.

use std::borrow::Cow;
use std::fmt;

use crate::payload::Item;

/// The id of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::payload) struct StreamId {
    pub(in crate::payload) ms: u64,
    pub(in crate::payload) seq: u64,
}

impl StreamId {
    /// The first id of a node, which is written as a string of two numbers, big endian.
    pub(super) fn of_node(bytes: &[u8]) -> Option<Self> {
        let (ms, seq) = bytes.split_first_chunk()?;
        Some(Self { ms: u64::from_be_bytes(*ms), seq: u64::from_be_bytes(seq.try_into().ok()?) })
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// An id as bytes: both numbers, big endian.
type RawId = [u8; 16];

/// A part of a stream. What only newer forms store is `None` in older ones.
#[derive(Clone, Debug, Hash)]
pub(in crate::payload) enum StreamPart<'a> {
    /// A listpack of entries, and the id that their ids count from.
    Node { first: StreamId, entries: Cow<'a, [u8]> },
    /// What is known about the stream itself. `length` is the number of entries.
    Stream { length: u64, last: StreamId, counters: Option<StreamCounters> },
    /// A consumer group. The parts from here to the next group belong to it.
    Group { name: Item<'a>, last: StreamId, entries_read: Option<u64> },
    /// A pending entry of the group. `delivered_at` is in unix ms.
    Pending { id: RawId, delivered_at: i64, deliveries: u64 },
    /// A consumer of the group. Both times are in unix ms.
    Consumer { name: Item<'a>, seen_at: i64, active_at: Option<i64> },
    /// A pending entry of the consumer.
    Owned(RawId),
    /// A pending entry of the group that was returned with `XNACK`.
    Returned(RawId),
    /// For how long, and how many ids of each idempotent producer are kept.
    ProducerSettings([u64; 2]),
    /// An idempotent producer.
    Producer(Item<'a>),
    /// An id that the producer gave, and the entry.
    Produced { item: Item<'a>, id: StreamId },
    /// How many ids of producers were added, and how many were duplicates.
    ProducerCounters([u64; 2]),
}

/// What streams remember about entries that they do not have any more.
#[derive(Clone, Copy, Debug, Hash)]
pub(in crate::payload) struct StreamCounters {
    pub(in crate::payload) first: StreamId,
    pub(in crate::payload) highest_deleted: StreamId,
    pub(in crate::payload) added: u64,
}
