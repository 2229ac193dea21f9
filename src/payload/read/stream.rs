//! Streams. The layout is in `payload/layout/table.rs`.

use super::stream_part::{StreamCounters, StreamId, StreamPart};
use crate::payload::{Cursor, Fault, ValueType};

/// Passes on the parts of a stream, as they come. The entries of a node are not read.
///
/// # Errors
/// The bytes are not a stream of this type, or `each` returns an error.
pub(in crate::payload) fn stream(
    value_type: ValueType,
    cursor: &mut Cursor,
    mut each: impl FnMut(StreamPart) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let form = value_type.stream_form().ok_or(cursor.corrupt("the type is not a type of streams"))?;
    StreamReader { form, cursor, each: &mut each }.pass_all()
}

struct StreamReader<'r, 'a> {
    form: u8,
    cursor: &'r mut Cursor<'a>,
    each: &'r mut dyn FnMut(StreamPart) -> Result<(), Fault>,
}

impl StreamReader<'_, '_> {
    fn pass_all(&mut self) -> Result<(), Fault> {
        for _ in 0..self.cursor.length()? {
            self.pass_node()?;
        }
        let (length, last) = (self.cursor.length()?, id(self.cursor)?);
        let counters = self.since(2, |reader| {
            let (first, highest_deleted) = (id(reader.cursor)?, id(reader.cursor)?);
            Ok(StreamCounters { first, highest_deleted, added: reader.cursor.length()? })
        })?;
        (self.each)(StreamPart::Stream { length, last, counters })?;
        for _ in 0..self.cursor.length()? {
            self.pass_group()?;
        }
        self.since(4, Self::pass_producers).map(drop)
    }

    fn pass_node(&mut self) -> Result<(), Fault> {
        let at = self.cursor.position();
        let first = StreamId::of_node(&self.cursor.blob()?);
        let first = first.ok_or(Fault::corrupt(at, "the id of a node does not have 16 bytes"))?;
        let at = self.cursor.position();
        let entries = self.cursor.blob()?;
        (self.each)(StreamPart::Node { first, entries }).map_err(|fault| fault.inside(at))
    }

    fn pass_group(&mut self) -> Result<(), Fault> {
        let (name, last) = (self.cursor.string()?, id(self.cursor)?);
        let entries_read = self.since(2, |reader| reader.cursor.length())?;
        (self.each)(StreamPart::Group { name, last, entries_read })?;
        for _ in 0..self.cursor.length()? {
            let (id, delivered_at) = (self.cursor.array()?, self.cursor.millis()?);
            (self.each)(StreamPart::Pending { id, delivered_at, deliveries: self.cursor.length()? })?;
        }
        for _ in 0..self.cursor.length()? {
            self.pass_consumer()?;
        }
        self.since(5, |reader| {
            for _ in 0..reader.cursor.length()? {
                (reader.each)(StreamPart::Returned(reader.cursor.array()?))?;
            }
            Ok(())
        })
        .map(drop)
    }

    fn pass_consumer(&mut self) -> Result<(), Fault> {
        let (name, seen_at) = (self.cursor.string()?, self.cursor.millis()?);
        let active_at = self.since(3, |reader| reader.cursor.millis())?;
        (self.each)(StreamPart::Consumer { name, seen_at, active_at })?;
        for _ in 0..self.cursor.length()? {
            (self.each)(StreamPart::Owned(self.cursor.array()?))?;
        }
        Ok(())
    }

    fn pass_producers(&mut self) -> Result<(), Fault> {
        (self.each)(StreamPart::ProducerSettings([self.cursor.length()?, self.cursor.length()?]))?;
        for _ in 0..self.cursor.length()? {
            (self.each)(StreamPart::Producer(self.cursor.string()?))?;
            for _ in 0..self.cursor.length()? {
                (self.each)(StreamPart::Produced { item: self.cursor.string()?, id: id(self.cursor)? })?;
            }
        }
        (self.each)(StreamPart::ProducerCounters([self.cursor.length()?, self.cursor.length()?]))
    }

    /// Reads what only this form and later ones have.
    fn since<T>(&mut self, form: u8, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        if self.form >= form { read(self).map(Some) } else { Ok(None) }
    }
}

fn id(cursor: &mut Cursor) -> Result<StreamId, Fault> {
    Ok(StreamId { ms: cursor.length()?, seq: cursor.length()? })
}
