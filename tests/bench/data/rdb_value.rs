//! Values in the form in which Redis 7.0 writes them into a file (`rdbSaveObject` in `rdb.c`). This shares no code with
//! the program, because the program must not check itself.

use redis_keys_migrator::payload::ValueType;

/// A value, and its type.
pub struct RdbValue {
    /// The type.
    pub value_type: ValueType,
    /// The bytes after the key.
    pub bytes: Vec<u8>,
}

impl RdbValue {
    /// A string that is not a number.
    pub fn string(text: &[u8]) -> Self {
        Self::of(ValueType::String, |out| put_string(out, text))
    }

    /// A string that is a number.
    pub fn number(number: i32) -> Self {
        /// The form of a string that is an integer in four bytes.
        const INT_32: u8 = 0xc2;
        Self::of(ValueType::String, |out| {
            out.push(INT_32);
            out.extend(number.to_le_bytes());
        })
    }

    /// A list, short enough for one node.
    pub fn list(items: &[Vec<u8>]) -> Self {
        /// What a node is: a listpack, and not a single large item.
        const PACKED: u64 = 2;
        Self::of(ValueType::ListQuicklist2, |out| {
            put_length(out, 1);
            put_length(out, PACKED);
            put_string(out, &listpack(&items.iter().map(|item| Item::Text(item)).collect::<Vec<_>>()));
        })
    }

    /// A set of members that are not numbers.
    pub fn set(members: &[Vec<u8>]) -> Self {
        Self::of(ValueType::Set, |out| {
            put_length(out, members.len() as u64);
            for member in members {
                put_string(out, member);
            }
        })
    }

    /// A small hash.
    pub fn hash(fields: &[(Vec<u8>, Vec<u8>)]) -> Self {
        let items = fields.iter().flat_map(|(field, value)| [Item::Text(field), Item::Text(value)]);
        Self::of(ValueType::HashListpack, |out| put_string(out, &listpack(&items.collect::<Vec<_>>())))
    }

    /// A small sorted set. Scores must ascend and be below 128.
    pub fn sorted_set(members: &[(Vec<u8>, u8)]) -> Self {
        let items = members.iter().flat_map(|(member, score)| [Item::Text(member), Item::Small(*score)]);
        Self::of(ValueType::ZsetListpack, |out| put_string(out, &listpack(&items.collect::<Vec<_>>())))
    }

    fn of(value_type: ValueType, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = Vec::new();
        write(&mut bytes);
        Self { value_type, bytes }
    }
}

/// Writes a string as its length and its bytes.
pub fn put_string(out: &mut Vec<u8>, text: &[u8]) {
    put_length(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// Writes a length in its shortest form.
pub fn put_length(out: &mut Vec<u8>, length: u64) {
    match u32::try_from(length) {
        Ok(length @ 0..0x40) => out.extend(&length.to_be_bytes()[3..]),
        Ok(length @ 0x40..0x4000) => out.extend(&(length | 0x4000).to_be_bytes()[2..]),
        Ok(length) => out.extend([0x80].into_iter().chain(length.to_be_bytes())),
        Err(_) => out.extend([0x81].into_iter().chain(length.to_be_bytes())),
    }
}

/// An item of a listpack, in the forms with one byte before the item and one after it.
enum Item<'a> {
    /// Less than 64 bytes that are not a number.
    Text(&'a [u8]),
    /// A number below 128.
    Small(u8),
}

/// Total length, number of items, items each followed by its own length, end (`listpack.c`).
fn listpack(items: &[Item]) -> Vec<u8> {
    const HEAD: usize = 6;
    const END: u8 = 0xff;
    let mut bytes = vec![0; HEAD];
    for item in items {
        let start = bytes.len();
        match item {
            Item::Text(text) => {
                assert!(text.len() < 0x40, "an item of {} bytes has another form", text.len());
                bytes.push(0x80 | narrow::<u8>(text.len()));
                bytes.extend_from_slice(text);
            }
            Item::Small(number) => {
                assert!(*number < 0x80, "{number} has another form");
                bytes.push(*number);
            }
        }
        bytes.push(narrow(bytes.len() - start));
    }
    bytes.push(END);
    let total = narrow::<u32>(bytes.len()).to_le_bytes();
    bytes[..4].copy_from_slice(&total);
    bytes[4..HEAD].copy_from_slice(&narrow::<u16>(items.len()).to_le_bytes());
    bytes
}

fn narrow<T: TryFrom<usize>>(number: usize) -> T {
    T::try_from(number).ok().expect("values here are small")
}
