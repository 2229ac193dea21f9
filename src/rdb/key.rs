//! What comes between the type of a value and the value: the key, and what the payload needs beside the value.

use std::borrow::Cow;
use std::collections::HashMap;

use super::foreign::ForeignType;
use super::records::{KeyAttributes, string};
use super::value::{Arena, Keep, ValueStart};
use super::{KeyRecord, RdbError, RdbFault, ReadLimits, Unreadable};
use crate::entry::Key;
use crate::payload::container::Listpack;
use crate::payload::layout::{LayoutStep, Route};
use crate::payload::{Cursor, FaultKind, ValueType, module_name};

/// The length of a module's id in bytes.
const MODULE_ID: usize = 9;

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyType {
    /// A payload can be made of it.
    Known(ValueType),
    /// It is only skipped.
    Foreign(&'static ForeignType),
}

impl KeyType {
    /// The lowest RDB version of its payloads.
    fn since(self) -> u16 {
        if let Self::Known(value_type) = self { value_type.since() } else { 0 }
    }
}

/// The bytes from a value's type up to the value. They are read as a whole: if some are missing, nothing changes.
pub(super) struct KeyHeader<'d> {
    pub(super) key_type: KeyType,
    pub(super) templates: &'d Templates,
    pub(super) limits: &'d ReadLimits,
    pub(super) keeps_values: bool,
}

impl KeyHeader<'_> {
    /// Reads up to the value, and puts the beginning of its payload into the arena. The key is changed in its place, because
    /// moving it takes time.
    #[inline]
    pub(super) fn read(
        &self,
        cursor: &mut Cursor,
        arena: &mut Arena,
        attributes: &mut KeyAttributes,
        into: &mut KeyRecord,
    ) -> Result<ValueStart, RdbError> {
        let key = string(cursor, "key", self.limits)?;
        let type_name = self.type_name(cursor)?;
        let ValuePlan { type_byte, template, route, mut unreadable } = self.plan(cursor)?;
        let start = cursor.position() as u64;

        arena.put(key.text(&mut itoa::Buffer::new()));
        let key = Key::from(arena.take());
        // Metadata came with RDB version 13, so a payload that begins with it needs at least that.
        let version = if attributes.key_meta.is_empty() { 0 } else { 13 };
        let attributes = std::mem::take(attributes);
        let expires_at = attributes.expires_at.and_then(|ms| u64::try_from(ms).ok());
        if let (Some(ms), None) = (attributes.expires_at, expires_at) {
            unreadable = unreadable.or(Some(Unreadable::Expiry(ms)));
        }
        let keep = if self.keeps_values && unreadable.is_none() { Keep::Payload } else { Keep::Nothing(unreadable) };
        if keep == Keep::Payload {
            if !attributes.key_meta.is_empty() {
                arena.put(&attributes.key_meta);
            }
            arena.put(&[type_byte]);
            if !template.is_empty() {
                arena.put(&template);
            }
        }
        into.key = key;
        into.expires_at = expires_at;
        (into.idle, into.frequency) = (attributes.idle, attributes.frequency);
        into.type_name = type_name;
        Ok(ValueStart { route, keep, version: self.key_type.since().max(version), start })
    }

    /// The value of a module begins with the name of its type.
    fn type_name(&self, cursor: &Cursor) -> Result<Cow<'static, str>, RdbError> {
        match self.key_type {
            KeyType::Known(ValueType::Module2) => {}
            KeyType::Known(value_type) => return Ok(Cow::Borrowed(value_type.name())),
            KeyType::Foreign(foreign) => return Ok(Cow::Borrowed(foreign.name)),
        }
        let id = cursor.clone().take(MODULE_ID as u64)?;
        Ok(module_name(id).map_or(Cow::Borrowed("unknown"), Cow::Owned))
    }

    /// Decides how the value is walked over and wrapped. A hash that refers to a template of the file gets the type
    /// that carries its template, because `RESTORE` refuses the type that only refers to one.
    #[inline]
    fn plan(&self, cursor: &mut Cursor) -> Result<ValuePlan, RdbError> {
        let at = cursor.position() as u64;
        let value_type = match self.key_type {
            KeyType::Known(value_type) => value_type,
            KeyType::Foreign(foreign) => {
                let plan = ValuePlan::plain(ValueType::String, Route::repeat(foreign.layout, 1));
                return Ok(ValuePlan { unreadable: Some(Unreadable::Foreign(foreign.kind)), ..plan });
            }
        };
        match value_type {
            ValueType::ModulePreGa => Err(RdbError::here(RdbFault::ModulePreGa).after(at)),
            ValueType::HashTmplArrayRef => {
                // The value does not state how many fields it has: without the template its end is unknown.
                let id = cursor.length()?;
                let unknown = FaultKind::Corrupt("a hash refers to a template that the file does not hold");
                let template = self.templates.get(id);
                let template = template.ok_or(RdbError::here(RdbFault::Corrupt(unknown)).after(at))?;
                let route = Route::repeat(&[LayoutStep::String], template.fields);
                Ok(ValuePlan { template: inlined(template), ..ValuePlan::plain(ValueType::HashTmplArray, route) })
            }
            ValueType::HashTmplLpRef => {
                let plan = ValuePlan::plain(ValueType::HashTmplLp, Route::repeat(&[LayoutStep::String], 1));
                let id = self.template_of(&mut cursor.clone())?;
                Ok(match self.templates.get(id) {
                    Some(template) => ValuePlan { template: inlined(template), ..plan },
                    None => ValuePlan { unreadable: Some(Unreadable::NoTemplate(id)), ..plan },
                })
            }
            known => Ok(ValuePlan::plain(known, Route::of_type(known).expect("all others have a layout"))),
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
    route: Route,
    /// Why no payload can be made, if so.
    unreadable: Option<Unreadable>,
}

impl ValuePlan {
    fn plain(value_type: ValueType, route: Route) -> Self {
        Self { type_byte: value_type.byte(), template: Vec::new(), route, unreadable: None }
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
