//! Small records: each is read once all of it has arrived.

use bytes::Bytes;

use super::opcode::{FUNCTION_2, Opcode};
use super::{RdbError, RdbFault, ReadLimits, Record};
use crate::payload::{Cursor, Item, StringHead, put_footer};

/// What the records before a key state about it.
#[derive(Debug, Default)]
pub(super) struct KeyAttributes {
    /// Unix time in ms.
    pub(super) expires_at: Option<u64>,
    /// Seconds since it was last used.
    pub(super) idle: Option<u64>,
    /// The counter that `OBJECT FREQ` reports.
    pub(super) frequency: Option<u8>,
    /// What modules attached to it, in the form in which a payload begins with it.
    pub(super) key_meta: Vec<u8>,
}

/// The expiry in ms that all servers take for none: they keep -1 for keys without an expiry themselves. In seconds, -1 is
/// a time before 1970 like any other negative number, and has passed.
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
            let name = string(cursor, "metadata name", limits)?.into_text().into();
            let value = string(cursor, "metadata value", limits)?.into_text().into();
            return Ok(Some(Record::Aux { name, value }));
        }
        Opcode::Function2 => return function(cursor, limits).map(|payload| Some(Record::Function(payload))),
        Opcode::ExpireTime => {
            let seconds = i32::from_le_bytes(cursor.array()?);
            attributes.expires_at = Some(u64::try_from(seconds).unwrap_or(0) * 1000);
        }
        Opcode::ExpireTimeMs => {
            let ms = cursor.millis()?;
            attributes.expires_at = (ms != NO_EXPIRY).then(|| u64::try_from(ms).unwrap_or(0));
        }
        Opcode::Freq => attributes.frequency = Some(cursor.byte()?),
        Opcode::Idle => attributes.idle = Some(cursor.length()?),
        Opcode::SlotInfo => drop((cursor.length()?, cursor.length()?, cursor.length()?)),
        Opcode::Enterprise => drop(cursor.length()?),
        Opcode::FunctionPreGa => return Err(RdbError::here(RdbFault::FunctionPreGa)),
        Opcode::Eof | Opcode::ModuleAux | Opcode::KeyMeta | Opcode::SlotImport | Opcode::HashTemplate => {
            unreachable!("the decoder reads these itself")
        }
    }
    Ok(None)
}

/// A function library, wrapped as the payload that `FUNCTION RESTORE` accepts.
fn function(cursor: &mut Cursor, limits: &ReadLimits) -> Result<Bytes, RdbError> {
    /// The RDB version that introduced functions.
    const SINCE: u16 = 10;
    let whole = cursor.rest();
    let before = cursor.position();
    string(cursor, "function", limits)?;
    let mut payload = vec![FUNCTION_2];
    payload.extend_from_slice(&whole[..cursor.position() - before]);
    put_footer(&mut payload, 0, SINCE);
    Ok(payload.into())
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
