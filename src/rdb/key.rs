//! What comes between the type of a value and the value: the key, and what the payload needs beside the value.

use std::borrow::Cow;
use std::collections::HashMap;

use super::records::{KeyAttributes, string};
use super::value::{Arena, Keep, ValueInProgress};
use super::{KeyRecord, RdbError, RdbFault, ReadLimits, Unreadable, Value};
use crate::entry::Key;
use crate::payload::container::Listpack;
use crate::payload::layout::{LayoutStep, LayoutWalk};
use crate::payload::{Cursor, FaultKind, ValueType, module_name};

/// The length of a module's id in bytes.
const MODULE_ID: usize = 9;

/// The bytes from a value's type up to the value. They are read as a whole: if some are missing, nothing changes.
pub(super) struct KeyHeader<'d> {
    pub(super) value_type: ValueType,
    pub(super) templates: &'d Templates,
    pub(super) limits: &'d ReadLimits,
    pub(super) keeps_values: bool,
}

impl KeyHeader<'_> {
    /// Reads up to the value, and puts the beginning of its payload into the arena.
    pub(super) fn read(
        &self,
        cursor: &mut Cursor,
        arena: &mut Arena,
        attributes: &mut KeyAttributes,
    ) -> Result<(KeyRecord, ValueInProgress), RdbError> {
        let key = string(cursor, "key", self.limits)?;
        let type_name = self.type_name(cursor)?;
        let ValuePlan { type_byte, template, walk, unreadable } = self.plan(cursor)?;
        let start = cursor.position() as u64;

        arena.put(key.text(&mut itoa::Buffer::new()));
        let key = Key(arena.take());
        // Metadata came with RDB version 13, so a payload that begins with it needs at least that.
        let version = if attributes.key_meta.is_empty() { 0 } else { 13 };
        let attributes = std::mem::take(attributes);
        let keep = if self.keeps_values && unreadable.is_none() { Keep::Payload } else { Keep::Nothing(unreadable) };
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

    /// The value of a module begins with the name of its type.
    fn type_name(&self, cursor: &Cursor) -> Result<Cow<'static, str>, RdbError> {
        if self.value_type != ValueType::Module2 {
            return Ok(Cow::Borrowed(self.value_type.name()));
        }
        let id = cursor.clone().take(MODULE_ID as u64)?;
        Ok(module_name(id).map_or(Cow::Borrowed("unknown"), Cow::Owned))
    }

    /// Decides how the value is walked over and wrapped. A hash that refers to a template of the file gets the type
    /// that carries its template, because `RESTORE` refuses the type that only refers to one.
    fn plan(&self, cursor: &mut Cursor) -> Result<ValuePlan, RdbError> {
        let at = cursor.position() as u64;
        match self.value_type {
            ValueType::ModulePreGa => Err(RdbError::here(RdbFault::ModulePreGa).after(at)),
            ValueType::HashTmplArrayRef => {
                // The value does not state how many fields it has: without the template its end is unknown.
                let id = cursor.length()?;
                let unknown = FaultKind::Corrupt("a hash refers to a template that the file does not hold");
                let template = self.templates.get(id);
                let template = template.ok_or(RdbError::here(RdbFault::Corrupt(unknown)).after(at))?;
                let walk = LayoutWalk::repeat(&[LayoutStep::String], template.fields);
                Ok(ValuePlan { template: inlined(template), ..ValuePlan::plain(ValueType::HashTmplArray, walk) })
            }
            ValueType::HashTmplLpRef => {
                let plan = ValuePlan::plain(ValueType::HashTmplLp, LayoutWalk::new(&[LayoutStep::String]));
                let id = self.template_of(&mut cursor.clone())?;
                Ok(match self.templates.get(id) {
                    Some(template) => ValuePlan { template: inlined(template), ..plan },
                    None => ValuePlan { unreadable: Some(Unreadable::NoTemplate(id)), ..plan },
                })
            }
            known => Ok(ValuePlan::plain(known, LayoutWalk::of_type(known).expect("all others have a layout"))),
        }
    }

    /// Reads the id of the template, which is the first item of the value's listpack.
    fn template_of(&self, cursor: &mut Cursor) -> Result<u64, RdbError> {
        let at = cursor.position();
        let blob = string(cursor, "hash", self.limits)?.into_text();
        let first = Listpack::open(&blob).map_err(|fault| fault.inside(at))?.next_item();
        let id = first.ok().flatten().and_then(|item| u64::try_from(item.as_int()?).ok());
        let no_id = RdbFault::Corrupt(FaultKind::Corrupt("a hash does not name its template"));
        id.ok_or(RdbError::here(no_id).after(at as u64))
    }
}

/// How a value becomes a payload.
struct ValuePlan {
    /// The type of the payload, which may differ from the one in the file.
    type_byte: u8,
    /// The template that the value refers to, to be put before it.
    template: Vec<u8>,
    walk: LayoutWalk,
    /// Why no payload can be made, if so.
    unreadable: Option<Unreadable>,
}

impl ValuePlan {
    fn plain(value_type: ValueType, walk: LayoutWalk) -> Self {
        Self { type_byte: value_type.byte(), template: Vec::new(), walk, unreadable: None }
    }
}

/// Templates are lists of field names that a file holds once, for all hashes that refer to them (Redis 8.10, RDB
/// version 15). These are the ones read so far.
#[derive(Debug, Default)]
pub(super) struct Templates {
    by_id: HashMap<u64, Template>,
}

#[derive(Debug)]
pub(super) struct Template {
    /// The number of names.
    pub(super) fields: u64,
    /// The number of names and the names, with the bytes of the file.
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

/// The form in which a payload carries its template: the names one by one.
fn inlined(template: &Template) -> Vec<u8> {
    const ONE_BY_ONE: u8 = 1;
    [&[ONE_BY_ONE][..], &template.names].concat()
}
