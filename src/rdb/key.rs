//! What stands between a value's type and the value: the key, and what else must be known of it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::records::{KeyAttributes, string};
use super::value::{Arena, Keep, ValueInProgress};
use super::{KeyRecord, RdbError, RdbFault, ReadLimits, Unreadable, Value};
use crate::entry::Key;
use crate::payload::container::Listpack;
use crate::payload::layout::{LayoutStep, LayoutWalk};
use crate::payload::{Cursor, FaultKind, ValueType, module_name};

/// Bytes of a module's id.
const MODULE_ID: usize = 9;

/// Begins a key of this type: the key's name is read, its value not. Nothing has changed where that is
/// not there as a whole.
pub(super) struct KeyHeader<'d> {
    pub(super) value_type: ValueType,
    pub(super) templates: &'d Templates,
    pub(super) limits: &'d ReadLimits,
    pub(super) keeps_values: bool,
}

impl KeyHeader<'_> {
    /// Reads up to the value. What the payload begins with is put into the arena.
    pub(super) fn read(
        &self,
        cursor: &mut Cursor,
        arena: &mut Arena,
        attributes: &mut KeyAttributes,
    ) -> Result<(KeyRecord, ValueInProgress), RdbError> {
        let key = string(cursor, "key", self.limits)?;
        let type_name = self.type_name(cursor)?;
        let ValuePlan { type_byte, template, walk, lost } = self.head(cursor)?;
        let start = cursor.position() as u64;

        arena.put(key.text(&mut itoa::Buffer::new()));
        let key = Key(arena.take());
        let version = if attributes.key_meta.is_empty() { 0 } else { 13 };
        let attributes = std::mem::take(attributes);
        let keep = if self.keeps_values && lost.is_none() { Keep::Payload } else { Keep::Nothing(lost) };
        if keep == Keep::Payload {
            arena.put(&attributes.key_meta);
            arena.put(&[type_byte]);
            arena.put(&template);
        }
        let record = KeyRecord {
            key,
            expires_at: attributes.expires_at,
            idle: attributes.idle,
            frequency: attributes.frequency,
            type_name,
            length: 0,
            value: Value::Skipped,
        };
        Ok((record, ValueInProgress { walk, keep, version: self.value_type.since().max(version), start }))
    }

    /// A module names its types itself, at the value's start.
    fn type_name(&self, cursor: &Cursor) -> Result<Cow<'static, str>, RdbError> {
        if self.value_type != ValueType::Module2 {
            return Ok(Cow::Borrowed(self.value_type.name()));
        }
        let id = cursor.clone().take(MODULE_ID as u64)?;
        Ok(module_name(id).map_or(Cow::Borrowed("unknown"), Cow::Owned))
    }

    fn head(&self, cursor: &mut Cursor) -> Result<ValuePlan, RdbError> {
        let at = cursor.position() as u64;
        match self.value_type {
            ValueType::ModulePreGa => Err(RdbError::here(RdbFault::ModulePreGa).after(at)),
            ValueType::HashTmplArrayRef => {
                let id = cursor.length()?;
                let unknown = FaultKind::Corrupt("a hash refers to a template that the file does not hold");
                let template = self.templates.get(id);
                let template = template.ok_or(RdbError::here(RdbFault::Corrupt(unknown)).after(at))?;
                let walk = LayoutWalk::repeat(&[LayoutStep::String], template.fields);
                Ok(ValuePlan { template: inlined(template), ..ValuePlan::plain(ValueType::HashTmplArray, walk) })
            }
            ValueType::HashTmplLpRef => {
                let head = ValuePlan::plain(ValueType::HashTmplLp, LayoutWalk::new(&[LayoutStep::String]));
                let id = self.template_of(&mut cursor.clone())?;
                Ok(match self.templates.get(id) {
                    Some(template) => ValuePlan { template: inlined(template), ..head },
                    None => ValuePlan { lost: Some(Unreadable::NoTemplate(id)), ..head },
                })
            }
            known => Ok(ValuePlan::plain(known, LayoutWalk::of_type(known).expect("all others have a layout"))),
        }
    }

    /// The id of a value's template is the first item of its listpack.
    fn template_of(&self, cursor: &mut Cursor) -> Result<u64, RdbError> {
        let at = cursor.position();
        let blob = string(cursor, "hash", self.limits)?.into_text();
        let first = Listpack::open(&blob).map_err(|fault| fault.inside(at))?.next_item();
        let id = first.ok().flatten().and_then(|item| u64::try_from(item.as_int()?).ok());
        let no_id = RdbFault::Corrupt(FaultKind::Corrupt("a hash does not say which template it has"));
        id.ok_or(RdbError::here(no_id).after(at as u64))
    }
}

/// What the payload begins with, and the way over the value.
struct ValuePlan {
    /// The type that the payload has.
    type_byte: u8,
    /// The template that the value refers to.
    template: Vec<u8>,
    walk: LayoutWalk,
    /// Why no payload can be made.
    lost: Option<Unreadable>,
}

impl ValuePlan {
    fn plain(value_type: ValueType, walk: LayoutWalk) -> Self {
        Self { type_byte: value_type.byte(), template: Vec::new(), walk, lost: None }
    }
}

/// The templates of a file so far.
#[derive(Debug, Default)]
pub(super) struct Templates {
    by_id: HashMap<u64, Template>,
}

/// The names of some hashes' fields.
#[derive(Debug)]
pub(super) struct Template {
    /// How many.
    pub(super) fields: u64,
    /// Their count and they themselves, as they stand in the file.
    pub(super) names: Vec<u8>,
}

impl Templates {
    pub(super) fn insert(&mut self, id: u64, template: Template) {
        self.by_id.insert(id, template);
    }

    pub(super) fn get(&self, id: u64) -> Option<&Template> {
        self.by_id.get(&id)
    }
}

/// A template inside its value: its names one by one.
fn inlined(template: &Template) -> Vec<u8> {
    const ONE_BY_ONE: u8 = 1;
    [&[ONE_BY_ONE][..], &template.names].concat()
}
