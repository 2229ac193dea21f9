//! The facts of streams.

use super::node::add_entries;
use super::part::PartDigests;
use crate::payload::Fault;
use crate::payload::read::StreamPart;

/// Adds the parts of a stream. Names that belong to many facts are digests.
pub(super) struct StreamFacts<'d, 'k> {
    facts: &'d mut PartDigests<'k>,
    /// The older form of both streams. Its parts are compared.
    common: u8,
    /// Whether the times at which consumers were seen are compared.
    has_times: bool,
    group: u128,
    consumer: u128,
    producer: u128,
}

impl<'d, 'k> StreamFacts<'d, 'k> {
    pub(super) fn new(facts: &'d mut PartDigests<'k>, common: u8, has_times: bool) -> Self {
        Self { facts, common, has_times, group: 0, consumer: 0, producer: 0 }
    }

    /// Adds the next part of the stream.
    pub(super) fn add(&mut self, part: StreamPart) -> Result<(), Fault> {
        let Some(part) = in_form(part, self.common) else { return Ok(()) };
        let part = if self.has_times { part } else { without_times(part) };
        let PartDigests { value, groups, .. } = &mut *self.facts;
        match &part {
            StreamPart::Node { first, entries } => return add_entries(value, *first, entries),
            StreamPart::Stream { .. } | StreamPart::ProducerSettings(_) | StreamPart::ProducerCounters(_) => {
                value.add(part);
            }
            StreamPart::Group { .. } => self.group = groups.add_referred(part),
            StreamPart::Pending { .. } | StreamPart::Returned(_) => groups.add((self.group, part)),
            StreamPart::Consumer { .. } => self.consumer = groups.add_referred((self.group, part)),
            StreamPart::Owned(_) => groups.add((self.consumer, part)),
            StreamPart::Producer(_) => self.producer = value.add_referred(part),
            StreamPart::Produced { .. } => value.add((self.producer, part)),
        }
        Ok(())
    }
}

/// The part without the times at which a consumer was seen.
fn without_times(part: StreamPart) -> StreamPart {
    match part {
        StreamPart::Consumer { name, .. } => StreamPart::Consumer { name, seen_at: 0, active_at: None },
        part => part,
    }
}

/// The part as a stream of this form stores it; `None` if it does not.
fn in_form(part: StreamPart, form: u8) -> Option<StreamPart> {
    let since = |since: u8| form >= since;
    Some(match part {
        StreamPart::Stream { length, last, counters } => {
            StreamPart::Stream { length, last, counters: counters.filter(|_| since(2)) }
        }
        StreamPart::Group { name, last, entries_read } => {
            StreamPart::Group { name, last, entries_read: entries_read.filter(|_| since(2)) }
        }
        StreamPart::Consumer { name, seen_at, active_at } => {
            StreamPart::Consumer { name, seen_at, active_at: active_at.filter(|_| since(3)) }
        }
        StreamPart::ProducerSettings(_)
        | StreamPart::Producer(_)
        | StreamPart::Produced { .. }
        | StreamPart::ProducerCounters(_)
            if !since(4) =>
        {
            return None;
        }
        StreamPart::Returned(_) if !since(5) => return None,
        part => part,
    })
}
