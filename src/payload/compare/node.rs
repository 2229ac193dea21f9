//! The entries in a node of a stream (`t_stream.c`).
//!
//! A node is a listpack. It begins with the number of entries, the number of deleted entries, the number of field names,
//! these names, and 0. Then come the entries: for each its flags, the differences of its id from the first id of the node,
//! its fields, and a number for reading backwards. An entry has either as many values as the node has names, or the number
//! of its fields, and for each its name and its value.

use super::digest::Digest;
use crate::payload::container::Listpack;
use crate::payload::read::StreamId;
use crate::payload::{Fault, FaultKind, Item};

/// The entry was deleted.
const DELETED: u64 = 1;
/// The names of the fields are those of the node.
const SAME_FIELDS: u64 = 2;

/// Reads a node.
struct Node<'a, 'd, 'k> {
    items: Listpack<'a>,
    facts: &'d mut Digest<'k>,
    first: StreamId,
    names: u64,
    names_digest: u128,
}

/// Adds a fact for each entry of a node that is not deleted.
pub(super) fn add_entries(facts: &mut Digest, first: StreamId, listpack: &[u8]) -> Result<(), Fault> {
    let items = Listpack::open(listpack)?;
    let mut node = Node { items, facts, first, names: 0, names_digest: 0 };
    let [_entries, _deleted, names] = [node.number()?, node.number()?, node.number()?];
    node.names = names;
    for _ in 0..names {
        node.names_digest = node.chained(node.names_digest)?;
    }
    node.number()?;
    while let Some(flags) = node.items.next_item()? {
        node.add_entry(number(&flags)?)?;
    }
    Ok(())
}

impl Node<'_, '_, '_> {
    fn add_entry(&mut self, flags: u64) -> Result<(), Fault> {
        let (ms, seq) = (self.number()?, self.number()?);
        let id = StreamId { ms: self.first.ms.wrapping_add(ms), seq: self.first.seq.wrapping_add(seq) };
        let (mut names, mut values) = (self.names_digest, 0);
        if flags & SAME_FIELDS != 0 {
            for _ in 0..self.names {
                values = self.chained(values)?;
            }
        } else {
            names = 0;
            for _ in 0..self.number()? {
                names = self.chained(names)?;
                values = self.chained(values)?;
            }
        }
        self.number()?;
        if flags & DELETED == 0 {
            // Begins like no other fact of a stream.
            self.facts.add(("entry", id, names, values));
        }
        Ok(())
    }

    /// The digest of the items before and the next one.
    fn chained(&mut self, before: u128) -> Result<u128, Fault> {
        let item = self.items.next_item()?.ok_or(ENDS_EARLY)?;
        Ok(self.facts.of((before, item)))
    }

    fn number(&mut self) -> Result<u64, Fault> {
        number(&self.items.next_item()?.ok_or(ENDS_EARLY)?)
    }
}

const ENDS_EARLY: Fault =
    Fault { at: 0, kind: FaultKind::Corrupt("a node of a stream ends in the middle of an entry") };

/// A number in two's complement: a difference of sequence numbers can be negative.
fn number(item: &Item) -> Result<u64, Fault> {
    item.as_int().map(i64::cast_unsigned).ok_or(Fault::corrupt(0, "a number in a node of a stream is not a number"))
}
