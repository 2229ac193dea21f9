//! Values of all types.

use super::few::{Few, LONGEST};
use super::members::{ScoredMember, ShownField};
use super::quoted::{Beginning, quoted};
use super::stream::stream;
use crate::payload::{Cursor, Fault, Footer, Item, Payload, ValueType, read};

/// The beginning of a value for people: one line of at most 200 characters, which are printable ASCII or `…`. `None` if
/// the value cannot be read: it is the value of a module or an array, or it is damaged.
///
/// | type | example |
/// |---|---|
/// | string | `"hello"`, `"aaaa…" (5000 bytes)` |
/// | list | `3 items: "a", "b", "c"` |
/// | set | `2000 members: "a", "b", "c", "d", "e", …` |
/// | sorted set | `1 member: "m" = 1.5` |
/// | hash | `2 fields: "f" = "1" (expires at 1790000000000), "g" = "2"` |
/// | stream | `12 entries, last id 5-1, groups "g" (last id 4-0, 2 pending, 1 consumer)` |
///
/// Strings are quoted as `redis-cli` does. Times are in unix ms. The members of sets, sorted sets and hashes are the
/// smallest ones by their bytes, so the same value has the same text in every form.
#[must_use]
pub fn abbreviate(payload: &[u8]) -> Option<String> {
    abbreviated(payload).ok()
}

fn abbreviated(payload: &[u8]) -> Result<String, Fault> {
    Footer::verify(payload)?;
    let parts = Payload::open(payload)?;
    let value_type = parts.stated_type()?;
    let mut cursor = Cursor::new(parts.value);
    let line = match value_type.name() {
        "string" => string(&cursor.string()?),
        "stream" => stream(value_type, &mut cursor)?,
        _ => members(value_type, &mut cursor)?,
    };
    cursor.expect_end()?;
    Ok(line)
}

fn string(item: &Item) -> String {
    let mut digits = itoa::Buffer::new();
    let text = item.text(&mut digits);
    quoted(text, text.len(), LONGEST)
}

fn members(value_type: ValueType, cursor: &mut Cursor) -> Result<String, Fault> {
    Ok(match value_type.name() {
        "list" => {
            let mut few = Few::new();
            read::list(value_type, cursor, |item| few.add_next(Beginning::of(item)))?;
            few.line(["item", "items"])
        }
        "set" => {
            let mut few = Few::new();
            read::set(value_type, cursor, |member| few.add(Beginning::of(member)))?;
            few.line(["member", "members"])
        }
        "zset" => {
            let mut few = Few::new();
            read::zset(value_type, cursor, |member, score| few.add(ScoredMember::of(member, score)))?;
            few.line(["member", "members"])
        }
        "hash" => {
            let mut few = Few::new();
            read::hash(value_type, cursor, |field| few.add(ShownField::of(field)))?;
            few.line(["field", "fields"])
        }
        _ => return Err(Fault::corrupt(0, "values of this type have no reader")),
    })
}
