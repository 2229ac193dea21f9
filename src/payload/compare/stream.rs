//! The facts of streams. The layout is in `payload/layout/table.rs`.

use super::digest::Digest;
use super::fact::{Counters, Fact, StreamId};
use super::node::add_entries;
use crate::payload::{Cursor, Fault, ValueType};

/// Reads a stream.
pub(super) struct StreamFacts<'d, 'k> {
    facts: &'d mut Digest<'k>,
    /// The form of this stream.
    own: u8,
    /// The older form of both streams. Its parts are compared.
    common: u8,
}

impl<'d, 'k> StreamFacts<'d, 'k> {
    pub(super) fn new(facts: &'d mut Digest<'k>, value_type: ValueType, common: u8) -> Self {
        Self { facts, own: value_type.stream_form().unwrap_or_default(), common }
    }

    pub(super) fn add_all(&mut self, cursor: &mut Cursor) -> Result<(), Fault> {
        for _ in 0..cursor.length()? {
            self.node(cursor)?;
        }
        let (length, last) = (cursor.length()?, id(cursor)?);
        let counters = self
            .since(2, || Ok(Counters { first: id(cursor)?, highest_deleted: id(cursor)?, added: cursor.length()? }))?;
        self.facts.add(Fact::Stream { length, last, counters });
        for _ in 0..cursor.length()? {
            self.group(cursor)?;
        }
        let idempotence = self.facts.empty();
        if let Some(fact) = self.since(4, || idempotence_of(idempotence, cursor))? {
            self.facts.add(fact);
        }
        Ok(())
    }

    fn node(&mut self, cursor: &mut Cursor) -> Result<(), Fault> {
        let at = cursor.position();
        let first =
            StreamId::of_node(&cursor.blob()?).ok_or(Fault::corrupt(at, "the id of a node does not have 16 bytes"))?;
        let at = cursor.position();
        add_entries(self.facts, first, &cursor.blob()?).map_err(|fault| fault.inside(at))
    }

    fn group(&mut self, cursor: &mut Cursor) -> Result<(), Fault> {
        let group = self.facts.of(cursor.string()?);
        let last = id(cursor)?;
        let entries_read = self.since(2, || cursor.length())?;
        for _ in 0..cursor.length()? {
            let (id, delivered_at, deliveries) = (cursor.array()?, cursor.millis()?, cursor.length()?);
            self.facts.add(Fact::Pending { group, id, delivered_at, deliveries });
        }
        for _ in 0..cursor.length()? {
            self.consumer(group, cursor)?;
        }
        let mut returned = self.facts.empty();
        let returned = self.since(5, || {
            for _ in 0..cursor.length()? {
                returned.add(cursor.array::<16>()?);
            }
            Ok(returned.sum())
        })?;
        self.facts.add(Fact::Group { group, last, entries_read, returned });
        Ok(())
    }

    fn consumer(&mut self, group: u128, cursor: &mut Cursor) -> Result<(), Fault> {
        let consumer = self.facts.of((group, cursor.string()?));
        let seen_at = cursor.millis()?;
        let active_at = self.since(3, || cursor.millis())?;
        self.facts.add(Fact::Consumer { consumer, seen_at, active_at });
        for _ in 0..cursor.length()? {
            self.facts.add(Fact::Owned { consumer, id: cursor.array()? });
        }
        Ok(())
    }

    /// Reads a part that only this form and later ones have; `None` if this stream or the other one lacks it.
    fn since<T>(&self, form: u8, read: impl FnOnce() -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        if self.own < form {
            return Ok(None);
        }
        let part = read()?;
        Ok((self.common >= form).then_some(part))
    }
}

/// The ids of idempotent producers. `facts` is empty.
fn idempotence_of(mut facts: Digest, cursor: &mut Cursor) -> Result<Fact<'static>, Fault> {
    let settings = [cursor.length()?, cursor.length()?];
    for _ in 0..cursor.length()? {
        let producer = facts.of(cursor.string()?);
        facts.add(producer);
        for _ in 0..cursor.length()? {
            facts.add(Fact::Produced { producer, item: cursor.string()?, id: id(cursor)? });
        }
    }
    let counters = [cursor.length()?, cursor.length()?];
    Ok(Fact::Idempotence { settings, producers: facts.sum(), counters })
}

fn id(cursor: &mut Cursor) -> Result<StreamId, Fault> {
    Ok(StreamId { ms: cursor.length()?, seq: cursor.length()? })
}
