//! The steps of the decoder that read a key and its value.

use super::decoder::{Advance, RecordDecoder, State};
use super::dialect::{is_member_expiry, is_of_dragonfly};
use super::foreign::foreign_type;
use super::key::{KeyHeader, KeyType};
use super::opcode::AUX;
use super::records;
use super::value::ValueStart;
use super::{Dialect, KeyRecord, RdbError, RdbFault, Unreadable, Value};
use crate::payload::ValueType;

impl RecordDecoder {
    /// Reads what is before a value, and begins the walk over it.
    #[inline]
    pub(super) fn key(&mut self, first: u8) -> Result<Advance, RdbError> {
        let offset = self.input.offset();
        let key_type = self.key_type(first)?;
        let Self { templates, limits, keeps_values, input, arena, attributes, key, .. } = self;
        let header = KeyHeader { key_type, templates, limits, keeps_values: *keeps_values };
        let mut cursor = input.after_first_byte();
        let read = header.read(&mut cursor, arena, attributes, key);
        let count = cursor.position();
        let Some(value) = self.if_complete(read, count)? else { return Ok(Advance::NeedBytes) };
        // The header counted from the record's first byte, errors count from the file's.
        self.value.begin(ValueStart { start: offset + value.start, ..value });
        self.state = State::Value;
        Ok(Advance::Again)
    }

    fn key_type(&self, byte: u8) -> Result<KeyType, RdbError> {
        if let Some(foreign) = foreign_type(byte, self.header, self.dialect) {
            return Ok(KeyType::Foreign(foreign));
        }
        let fault = |fault| RdbError::here(fault).after(self.input.offset());
        if let Some(server) = self.dialect.filter(|server| *server == Dialect::Dragonfly && is_of_dragonfly(byte)) {
            return Err(fault(RdbFault::ForeignRecord { byte, server }));
        }
        let known = ValueType::from_byte(byte, self.header.flavour);
        let known = known.ok_or_else(|| fault(RdbFault::UnknownRecord(byte)))?;
        let version = self.dialect.map_or(self.header.version, |dialect| dialect.version_of_types(self.header.version));
        self.check_version(byte, known.since(), version)?;
        Ok(KeyType::Known(known))
    }

    /// Reads the expiry of a member, which `KeyDB` writes after the key. Any other record shows that the key is complete.
    pub(super) fn after_value(&mut self) -> Advance {
        let Some(&first) = self.input.unread().first() else { return Advance::NeedBytes };
        if first == AUX {
            let mut cursor = self.input.after_first_byte();
            let aux = records::aux(&mut cursor, &self.limits);
            let count = cursor.position();
            match aux {
                Ok((name, _)) if is_member_expiry(&name) => {
                    self.input.read(count);
                    self.key.value = Value::Unreadable(Unreadable::MemberExpiry);
                    return Advance::Again;
                }
                Err(error) if error.is_short() => return Advance::NeedBytes,
                // Read again as a record of its own.
                _ => {}
            }
        }
        Advance::Key
    }

    #[inline]
    pub(super) fn value(&mut self) -> Result<Advance, RdbError> {
        if !self.value.advance(&mut self.input, &mut self.arena, &self.limits)? {
            return Ok(Advance::NeedBytes);
        }
        self.key.length = self.value.walk.position();
        self.key.value = self.value.finish(&mut self.arena);
        // Nearly always, the next record is there, and does not belong to the key.
        if self.input.unread().first().is_some_and(|next| *next != AUX) {
            return Ok(Advance::Key);
        }
        self.state = State::AfterValue;
        Ok(Advance::Again)
    }

    /// Takes the key, whose value has been read.
    #[inline]
    pub(super) fn take_key(&mut self) -> KeyRecord {
        self.state = State::Record;
        std::mem::replace(&mut self.key, KeyRecord::none())
    }
}
