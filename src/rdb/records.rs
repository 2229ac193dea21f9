//! Small records: each is read once all of it has arrived.

use bytes::Bytes;

use super::opcode::{FUNCTION_2, Opcode};
use super::{NotCarried, RdbError, RdbFault, ReadLimits, Record};
use crate::payload::{Cursor, FOOTER, Item, StringHead, put_footer, put_string};

/// What the records before a key state about it.
#[derive(Debug, Default)]
pub(super) struct KeyAttributes {
    /// Unix time in ms. No server writes a negative one.
    pub(super) expires_at: Option<i64>,
    /// Seconds since it was last used.
    pub(super) idle: Option<u64>,
    /// The counter that `OBJECT FREQ` reports.
    pub(super) frequency: Option<u8>,
    /// What modules attached to it, in the form in which a payload begins with it.
    pub(super) key_meta: Vec<u8>,
}

/// The expiry in ms that all servers take for none: they keep -1 for keys without an expiry themselves. In seconds, -1 is
/// no time, like any other negative number.
const NO_EXPIRY: i64 = -1;

/// Reads what follows an opcode. `None` if it is an attribute of the next key, or nothing that is needed.
pub(super) fn read(
    opcode: Opcode,
    cursor: &mut Cursor,
    attributes: &mut KeyAttributes,
    limits: &ReadLimits,
) -> Result<Option<Record>, RdbError> {
    match opcode {
        Opcode::SelectDb => return Ok(Some(Record::SelectDb(cursor.length()?))),
        Opcode::ResizeDb => {
            return Ok(Some(Record::ResizeDb { keys: cursor.length()?, expiring: cursor.length()? }));
        }
        Opcode::Aux => {
            let (name, value) = aux(cursor, limits)?;
            return Ok(Some(Record::Aux { name, value }));
        }
        Opcode::Function2 => return function(cursor, limits).map(|payload| Some(Record::Function(payload))),
        Opcode::ExpireTime => {
            let seconds = i32::from_le_bytes(cursor.array()?);
            attributes.expires_at = Some(i64::from(seconds) * 1000);
        }
        Opcode::ExpireTimeMs => {
            let ms = cursor.millis()?;
            attributes.expires_at = (ms != NO_EXPIRY).then_some(ms);
        }
        Opcode::Freq => attributes.frequency = Some(cursor.byte()?),
        Opcode::Idle => attributes.idle = Some(cursor.length()?),
        Opcode::SlotInfo => return slot(cursor).map(Some),
        Opcode::Enterprise => drop(cursor.length()?),
        Opcode::FunctionPreGa => return function_pre_ga(cursor, limits).map(|payload| Some(Record::Function(payload))),
        Opcode::DragonflyProperties => return dragonfly_properties(cursor).map(Some),
        Opcode::Command => return Err(RdbError::here(RdbFault::RecordedCommand)),
        Opcode::DragonflyBlob => return Err(RdbError::here(RdbFault::DragonflySnapshot)),
        Opcode::Eof | Opcode::ModuleAux | Opcode::KeyMeta | Opcode::SlotImport | Opcode::HashTemplate => {
            unreachable!("the decoder reads these itself")
        }
    }
    Ok(None)
}

/// The number of a slot, of its keys and of its expiring keys.
fn slot(cursor: &mut Cursor) -> Result<Record, RdbError> {
    let [slot, _, _] = [cursor.length()?, cursor.length()?, cursor.length()?];
    Ok(Record::Slot(slot))
}

/// Name and value of an auxiliary field.
pub(super) fn aux(cursor: &mut Cursor, limits: &ReadLimits) -> Result<(Bytes, Bytes), RdbError> {
    let name = string(cursor, "metadata name", limits)?.into_text().into();
    Ok((name, string(cursor, "metadata value", limits)?.into_text().into()))
}

/// The RDB version that introduced functions.
const FUNCTIONS_SINCE: u16 = 10;

/// A function library, wrapped as the payload that `FUNCTION RESTORE` accepts.
fn function(cursor: &mut Cursor, limits: &ReadLimits) -> Result<Bytes, RdbError> {
    let whole = cursor.rest();
    let before = cursor.position();
    string(cursor, "function", limits)?;
    let mut payload = vec![FUNCTION_2];
    payload.extend_from_slice(&whole[..cursor.position() - before]);
    put_footer(&mut payload, 0, FUNCTIONS_SINCE);
    Ok(payload.into())
}

/// Splits the reply to `FUNCTION DUMP` into function libraries, each wrapped as the payload that `FUNCTION RESTORE`
/// accepts.
///
/// # Errors
///
/// It contains something else.
pub fn function_libraries(dump: &[u8]) -> Result<Vec<Bytes>, RdbError> {
    let body = &dump[..dump.len().saturating_sub(FOOTER)];
    let (mut cursor, limits, mut libraries) = (Cursor::new(body), ReadLimits::default(), Vec::new());
    while !cursor.is_at_end() {
        if cursor.byte()? != FUNCTION_2 {
            return Err(cursor.corrupt("this is no function library").into());
        }
        libraries.push(function(&mut cursor, &limits)?);
    }
    Ok(libraries)
}

/// A function library of the release candidates of Redis 7.0: name, engine, whether there is a description, the
/// description, code. Later versions have name and engine in the first line of the code, and no description: it becomes
/// a comment.
fn function_pre_ga(cursor: &mut Cursor, limits: &ReadLimits) -> Result<Bytes, RdbError> {
    let [name, engine] =
        [string(cursor, "function", limits)?, string(cursor, "function", limits)?].map(Item::into_text);
    let has_description = cursor.length()? != 0;
    let description = if has_description { string(cursor, "function", limits)?.into_text() } else { Vec::new() };
    let code = string(cursor, "function", limits)?;
    let mut library = [b"#!", &engine.to_ascii_lowercase()[..], b" name=", &name, b"\n"].concat();
    for line in description.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        library.extend([b"-- ", line, b"\n"].concat());
    }
    library.extend(code.text(&mut itoa::Buffer::new()));
    let mut payload = Vec::with_capacity(library.len() + 32);
    payload.push(FUNCTION_2);
    put_string(&mut payload, &Item::from(&library[..]));
    put_footer(&mut payload, 0, FUNCTIONS_SINCE);
    Ok(payload.into())
}

/// A mask of properties, and the flags of memcached if the mask has them.
fn dragonfly_properties(cursor: &mut Cursor) -> Result<Record, RdbError> {
    const HAS_FLAGS: u32 = 1 << 1;
    if u32::from_le_bytes(cursor.array()?) & HAS_FLAGS != 0 {
        cursor.array::<4>()?;
    }
    Ok(Record::NotCarried(NotCarried::DragonflyProperties))
}

/// Reads a string that is needed as a whole. One that is too long is refused by its announced length, before its bytes
/// have arrived.
pub(super) fn string<'a>(
    cursor: &mut Cursor<'a>,
    what: &'static str,
    limits: &ReadLimits,
) -> Result<Item<'a>, RdbError> {
    let at = cursor.position() as u64;
    let length = match cursor.clone().string_head()? {
        StringHead::Plain(length) => length,
        StringHead::Lzf { packed, unpacked } => packed.max(unpacked),
        StringHead::Int(_) => 0,
    };
    if length > limits.string {
        return Err(RdbError::here(RdbFault::TooLong { what, length, limit: limits.string }).after(at));
    }
    Ok(cursor.string()?)
}
