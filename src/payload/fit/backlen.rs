//! Listpacks whose [backward lengths](BacklenEncoding) the destination encodes in another way than the server that wrote
//! them.

use super::Origin;
use crate::payload::container::{BacklenEncoding, SHORTEST_AMBIGUOUS, backlen_encoding_of, with_backlen_encoding};
use crate::payload::string::put_string;
use crate::payload::{Cursor, Fault, Item, ValueType};

/// Whether a value has a listpack that the destination may encode in another way. Nothing is read if both servers use the
/// same encoding, and short listpacks are skipped.
pub(super) fn must_be_rewritten(
    value_type: ValueType,
    value: &[u8],
    from: Origin,
    into: Origin,
) -> Result<bool, Fault> {
    if !has_listpacks(value_type) || from.encodes_backlens_like(into) {
        return Ok(false);
    }
    let mut differs = false;
    each_listpack(value_type, &mut Cursor::new(value), |cursor| {
        let head = cursor.clone().string_head()?;
        if differs || head.unpacked() < SHORTEST_AMBIGUOUS {
            return cursor.take_string();
        }
        let at = cursor.position();
        let encoding = backlen_encoding_of(&cursor.blob()?).map_err(|fault| fault.inside(at))?;
        differs = encoding.is_some() && encoding != into.backlen_encoding();
        Ok(())
    })?;
    Ok(differs)
}

/// The same stream, with its listpacks in this encoding.
pub(super) fn rewritten(value_type: ValueType, value: &[u8], into: BacklenEncoding) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(value.len() + 64);
    let mut copied = 0;
    let mut cursor = Cursor::new(value);
    each_listpack(value_type, &mut cursor, |cursor| {
        let at = cursor.position();
        let listpack = with_backlen_encoding(&cursor.blob()?, into).map_err(|fault| fault.inside(at))?;
        out.extend_from_slice(&value[copied..at]);
        put_string(&mut out, &Item::from(&listpack[..]));
        copied = cursor.position();
        Ok(())
    })?;
    out.extend_from_slice(&value[copied..]);
    Ok(out)
}

fn has_listpacks(value_type: ValueType) -> bool {
    use ValueType as T;
    let is_or_has_listpack = matches!(
        value_type,
        T::HashListpack
            | T::ZsetListpack
            | T::SetListpack
            | T::HashListpackEx
            | T::HashListpackExPreGa
            | T::ListQuicklist2
    );
    is_or_has_listpack || value_type.stream_form().is_some()
}

/// Calls `each` with the cursor before each listpack of a value; `each` must read the listpack.
fn each_listpack<'a>(
    value_type: ValueType,
    cursor: &mut Cursor<'a>,
    mut each: impl FnMut(&mut Cursor<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match value_type {
        ValueType::ListQuicklist2 => {
            for _ in 0..cursor.length()? {
                const PLAIN: u64 = 1;
                if cursor.length()? == PLAIN { cursor.take_string()? } else { each(cursor)? }
            }
            Ok(())
        }
        _ if value_type.stream_form().is_some() => {
            for _ in 0..cursor.length()? {
                cursor.take_string()?;
                each(cursor)?;
            }
            Ok(())
        }
        ValueType::HashListpackEx => {
            cursor.millis()?;
            each(cursor)
        }
        _ => each(cursor),
    }
}
