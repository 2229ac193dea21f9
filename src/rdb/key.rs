//! What stands between a value's type and the value: the key, and what else must be known of it.

use std::borrow::Cow;

use super::records::{Foretold, string};
use super::templates::{Template, Templates};
use super::value::{Arena, Keep, Passing};
use super::{KeyRecord, Limits, RdbError, RdbFault, Unreadable, Value};
use crate::entry::Key;
use crate::payload::container::Listpack;
use crate::payload::layout::{Step, Walk};
use crate::payload::{Cursor, ValueType, What, module_name};

/// Bytes of a module's id.
const MODULE_ID: usize = 9;

/// Begins a key of this type: the key's name is read, its value not. Nothing has changed where that is
/// not there as a whole.
pub(super) struct Beginning<'d> {
    pub(super) value_type: ValueType,
    pub(super) templates: &'d Templates,
    pub(super) limits: &'d Limits,
    pub(super) keeps_values: bool,
}

impl Beginning<'_> {
    /// Reads up to the value. What the payload begins with is put into the arena.
    pub(super) fn read(
        &self,
        cursor: &mut Cursor,
        arena: &mut Arena,
        foretold: &mut Foretold,
    ) -> Result<(KeyRecord, Passing), RdbError> {
        let key = string(cursor, "key", self.limits)?;
        let type_name = self.type_name(cursor)?;
        let Head { type_byte, template, walk, lost } = self.head(cursor)?;
        let start = cursor.position() as u64;

        arena.put(key.text(&mut itoa::Buffer::new()));
        let key = Key(arena.take());
        let version = if foretold.key_meta.is_empty() { 0 } else { 13 };
        let foretold = std::mem::take(foretold);
        let keep = if self.keeps_values && lost.is_none() { Keep::Payload } else { Keep::Nothing(lost) };
        if keep == Keep::Payload {
            arena.put(&foretold.key_meta);
            arena.put(&[type_byte]);
            arena.put(&template);
        }
        let record = KeyRecord {
            key,
            expires_at: foretold.expires_at,
            idle: foretold.idle,
            frequency: foretold.frequency,
            type_name,
            length: 0,
            value: Value::Left,
        };
        Ok((record, Passing { walk, keep, version: self.value_type.since().max(version), start }))
    }

    /// A module names its types itself, at the value's start.
    fn type_name(&self, cursor: &Cursor) -> Result<Cow<'static, str>, RdbError> {
        if self.value_type != ValueType::Module2 {
            return Ok(Cow::Borrowed(self.value_type.name()));
        }
        let id = cursor.clone().take(MODULE_ID as u64)?;
        Ok(module_name(id).map_or(Cow::Borrowed("unknown"), Cow::Owned))
    }

    fn head(&self, cursor: &mut Cursor) -> Result<Head, RdbError> {
        let at = cursor.position() as u64;
        match self.value_type {
            ValueType::ModulePreGa => Err(RdbError::here(RdbFault::ModulePreGa).after(at)),
            ValueType::HashTmplArrayRef => {
                let id = cursor.length()?;
                let unknown = What::Corrupt("a hash refers to a template that the file does not hold");
                let template = self.templates.get(id);
                let template = template.ok_or(RdbError::here(RdbFault::Corrupt(unknown)).after(at))?;
                let walk = Walk::repeat(&[Step::String], template.fields);
                Ok(Head { template: inlined(template), ..Head::plain(ValueType::HashTmplArray, walk) })
            }
            ValueType::HashTmplLpRef => {
                let head = Head::plain(ValueType::HashTmplLp, Walk::along(&[Step::String]));
                let id = self.template_of(&mut cursor.clone())?;
                Ok(match self.templates.get(id) {
                    Some(template) => Head { template: inlined(template), ..head },
                    None => Head { lost: Some(Unreadable::NoTemplate(id)), ..head },
                })
            }
            known => Ok(Head::plain(known, Walk::over(known).expect("all others have a layout"))),
        }
    }

    /// The id of a value's template is the first item of its listpack.
    fn template_of(&self, cursor: &mut Cursor) -> Result<u64, RdbError> {
        let at = cursor.position();
        let blob = string(cursor, "hash", self.limits)?.into_text();
        let first = Listpack::open(&blob).map_err(|fault| fault.inside(at))?.next_item();
        let id = first.ok().flatten().and_then(|item| u64::try_from(item.as_int()?).ok());
        let no_id = RdbFault::Corrupt(What::Corrupt("a hash does not say which template it has"));
        id.ok_or(RdbError::here(no_id).after(at as u64))
    }
}

/// What the payload begins with, and the way over the value.
struct Head {
    /// The type that the payload has.
    type_byte: u8,
    /// The template that the value refers to.
    template: Vec<u8>,
    walk: Walk,
    /// Why no payload can be made.
    lost: Option<Unreadable>,
}

impl Head {
    fn plain(value_type: ValueType, walk: Walk) -> Self {
        Self { type_byte: value_type.byte(), template: Vec::new(), walk, lost: None }
    }
}

/// A template inside its value: its names one by one.
fn inlined(template: &Template) -> Vec<u8> {
    const ONE_BY_ONE: u8 = 1;
    [&[ONE_BY_ONE][..], &template.names].concat()
}
