//! Ziplists (`ziplist.c`): the container of Redis up to 6.2.
//!
//! Ten bytes of header (four bytes: total length; four bytes: offset of the last item; two bytes: number of items), then
//! the items, then `ff`. An item is the length of the one before (one byte, or `fe` and four bytes), a first byte and its
//! data:
//!
//! | first byte | the item |
//! |---|---|
//! | `00xxxxxx` | a string of that length |
//! | `01xxxxxx` `x…` | a string of a length of 14 bits |
//! | `10000000` | a string of a length of four bytes, big endian |
//! | `c0`, `d0`, `e0`, `f0`, `fe` | a number of 2, 4, 8, 3, 1 bytes |
//! | `f1` … `fd` | the number 0 … 12 |

use super::listpack::signed_24_bits;
use crate::payload::{Cursor, Fault, Item};

const END: u8 = 0xff;

/// Reads the items of a ziplist.
#[derive(Clone, Debug)]
pub struct Ziplist<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Ziplist<'a> {
    /// Reads the header.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let size = u32::from_le_bytes(cursor.array()?);
        if size as usize != bytes.len() {
            return Err(Fault::corrupt(0, "a ziplist does not have the length in its header"));
        }
        cursor.array::<6>()?;
        Ok(Self { cursor })
    }

    /// The next item; `None` at the end.
    pub fn next_item(&mut self) -> Result<Option<Item<'a>>, Fault> {
        match self.cursor.byte()? {
            END if self.cursor.is_at_end() => return Ok(None),
            END => return Err(self.cursor.corrupt("a ziplist ends before its last byte")),
            0xfe => drop(self.cursor.array::<4>()?),
            _ => {}
        }
        let at = self.cursor.position();
        let first = self.cursor.byte()?;
        Ok(Some(match first {
            0..0x40 => Item::from(self.cursor.take(first.into())?),
            0x40..0x80 => {
                let count = u64::from(first & 0x3f) << 8 | u64::from(self.cursor.byte()?);
                Item::from(self.cursor.take(count)?)
            }
            0x80..0xc0 => {
                let count = u32::from_be_bytes(self.cursor.array()?);
                Item::from(self.cursor.take(count.into())?)
            }
            0xc0 => Item::Int(i16::from_le_bytes(self.cursor.array()?).into()),
            0xd0 => Item::Int(i32::from_le_bytes(self.cursor.array()?).into()),
            0xe0 => Item::Int(self.cursor.millis()?),
            0xf0 => Item::Int(signed_24_bits(self.cursor.array()?)),
            0xfe => Item::Int(i8::from_le_bytes(self.cursor.array()?).into()),
            0xf1..=0xfd => Item::Int(i64::from(first & 0x0f) - 1),
            _ => return Err(Fault::corrupt(at, "an item of a ziplist begins with an invalid byte")),
        }))
    }
}

/// Writes ziplists, to test the reader.
#[cfg(test)]
pub(in crate::payload) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes every number in eight bytes, and every length of a text in four.
    pub(in crate::payload) fn ziplist(items: &[Item]) -> Vec<u8> {
        let entries: Vec<Vec<u8>> = items
            .iter()
            .map(|item| match item {
                Item::Int(number) => [&[0, 0xe0][..], &number.to_le_bytes()].concat(),
                Item::Bytes(bytes) => {
                    let size = u32::try_from(bytes.len()).unwrap();
                    [&[0, 0x80][..], &size.to_be_bytes(), bytes].concat()
                }
            })
            .collect();
        around(&entries.iter().map(|entry| &entry[..]).collect::<Vec<_>>())
    }

    fn read(bytes: &[u8]) -> Result<Vec<Item<'_>>, Fault> {
        let mut items = Ziplist::open(bytes)?;
        std::iter::from_fn(|| items.next_item().transpose()).collect()
    }

    fn around(items: &[&[u8]]) -> Vec<u8> {
        let mut out = [&[0; 10][..], &items.concat(), &[END]].concat();
        let size = u32::try_from(out.len()).unwrap();
        out[..4].copy_from_slice(&size.to_le_bytes());
        out
    }

    #[test]
    fn items_of_each_form_are_read() {
        let long = [&[0xfe, 9, 9, 9, 9, 0x40 | 1, 0][..], &[b'y'; 256]].concat();
        let longer = [&[0xfe, 9, 9, 9, 9, 0x80, 0, 0, 0x40, 0][..], &[b'z'; 0x4000]].concat();
        let bytes = around(&[
            &[0, 2, b'h', b'i'],
            &long,
            &longer,
            &[1, 0xc0, 0xfe, 0xff],
            &[1, 0xd0, 0, 0, 1, 0],
            &[1, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80],
            &[1, 0xf0, 0xff, 0xff, 0xff],
            &[1, 0xfe, 0x80],
            &[1, 0xf1],
            &[1, 0xfd],
        ]);
        let read: Vec<Vec<u8>> = read(&bytes).unwrap().into_iter().map(Item::into_text).collect();
        assert_eq!(read[0], b"hi");
        assert_eq!((read[1].len(), read[2].len()), (256, 0x4000));
        let numbers: Vec<i64> = read[3..].iter().map(|text| str::from_utf8(text).unwrap().parse().unwrap()).collect();
        assert_eq!(numbers, [-2, 65536, i64::MIN, -1, -128, 0, 12]);
    }

    proptest! {
        #[test]
        fn any_bytes_end_without_a_panic(items in prop::collection::vec(any::<u8>(), 0..200)) {
            let bytes = around(&[&items]);
            prop_assert!(read(&bytes).map_or(0, |items| items.len()) <= bytes.len());
        }
    }
}
