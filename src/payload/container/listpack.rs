//! Listpacks (`listpack.c`): the container since Redis 7, and the container of the nodes of streams.
//!
//! Six bytes of header (four bytes: total length; two bytes: number of items, 65535 if unknown), then the items, then
//! `ff`. An item is a first byte, its data, and its own length again for reading backwards, seven bits in each byte:
//!
//! | first byte | the item |
//! |---|---|
//! | `0xxxxxxx` | that number, 0 to 127 |
//! | `10xxxxxx` | a string of that length |
//! | `110xxxxx` `x…` | a number of 13 bits, signed |
//! | `1110xxxx` `x…` | a string of a length of 12 bits |
//! | `11110000` | a string of a length of four bytes |
//! | `11110001` … `11110100` | a number of 2, 3, 4, 8 bytes |

use std::ops::Range;

use super::BacklenEncoding;
use crate::payload::{Cursor, Fault, Item};

const END: u8 = 0xff;

/// Reads the items of a listpack.
#[derive(Clone, Debug)]
pub struct Listpack<'a> {
    cursor: Cursor<'a>,
    /// The range of the last item, without its backward length.
    last: Range<usize>,
}

impl<'a> Listpack<'a> {
    /// Reads the header.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let size = u32::from_le_bytes(cursor.array()?);
        if size as usize != bytes.len() {
            return Err(Fault::corrupt(0, "a listpack does not have the length in its header"));
        }
        cursor.array::<2>()?;
        Ok(Self { cursor, last: 0..0 })
    }

    /// The next item; `None` at the end.
    pub fn next_item(&mut self) -> Result<Option<Item<'a>>, Fault> {
        let start = self.cursor.position();
        let first = self.cursor.byte()?;
        let item = match first {
            END if self.cursor.is_at_end() => return Ok(None),
            0..0x80 => Item::Int(first.into()),
            0x80..0xc0 => Item::from(self.cursor.take((first & 0x3f).into())?),
            0xc0..0xe0 => Item::Int(signed_13_bits(first, self.cursor.byte()?)),
            0xe0..0xf0 => {
                let count = u64::from(first & 0x0f) << 8 | u64::from(self.cursor.byte()?);
                Item::from(self.cursor.take(count)?)
            }
            0xf0 => {
                let count = u32::from_le_bytes(self.cursor.array()?);
                Item::from(self.cursor.take(count.into())?)
            }
            0xf1 => Item::Int(i16::from_le_bytes(self.cursor.array()?).into()),
            0xf2 => Item::Int(signed_24_bits(self.cursor.array()?)),
            0xf3 => Item::Int(i32::from_le_bytes(self.cursor.array()?).into()),
            0xf4 => Item::Int(self.cursor.millis()?),
            _ => return Err(Fault::corrupt(start, "an item of a listpack begins with an invalid byte")),
        };
        self.last = start..self.cursor.position();
        let encoding = BacklenEncoding::detect(self.last.len(), self.cursor.rest()).unwrap_or(BacklenEncoding::Minimal);
        self.cursor.take(encoding.backlen_size(self.last.len()) as u64)?;
        Ok(Some(item))
    }

    /// The range of the item that was read last, without its backward length.
    pub(super) fn last_item(&self) -> Range<usize> {
        self.last.clone()
    }

    /// The offset of the next item.
    pub(super) fn position(&self) -> usize {
        self.cursor.position()
    }
}

/// A number of 13 bits. The highest bit is the sign.
fn signed_13_bits(first: u8, second: u8) -> i64 {
    let bits = i64::from(first & 0x1f) << 8 | i64::from(second);
    if bits < 1 << 12 { bits } else { bits - (1 << 13) }
}

/// A number of three bytes.
pub(super) fn signed_24_bits([a, b, c]: [u8; 3]) -> i64 {
    i64::from(i32::from_le_bytes([0, a, b, c]) >> 8)
}

/// Writes listpacks, to test the reader.
#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers are cut into bytes")]
pub(in crate::payload) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All items of a listpack.
    pub(in crate::payload) fn read(bytes: &[u8]) -> Result<Vec<Item<'_>>, Fault> {
        let mut items = Listpack::open(bytes)?;
        std::iter::from_fn(|| items.next_item().transpose()).collect()
    }

    pub(in crate::payload) fn listpack(items: &[Item]) -> Vec<u8> {
        listpack_with(BacklenEncoding::Padded, items)
    }

    pub(in crate::payload) fn listpack_with(encoding: BacklenEncoding, items: &[Item]) -> Vec<u8> {
        let mut out = vec![0; 6];
        for item in items {
            let start = out.len();
            match item {
                Item::Int(number) => put_int(&mut out, *number),
                Item::Bytes(bytes) => put_bytes(&mut out, bytes),
            }
            let size = out.len() - start;
            encoding.put_backlen(&mut out, size);
        }
        out.push(END);
        let size = u32::try_from(out.len()).unwrap();
        out[..4].copy_from_slice(&size.to_le_bytes());
        out[4..6].copy_from_slice(&u16::try_from(items.len()).unwrap_or(u16::MAX).to_le_bytes());
        out
    }

    fn put_int(out: &mut Vec<u8>, number: i64) {
        match number {
            0..=127 => out.push(number as u8),
            -4096..=4095 => out.extend([0xc0 | (number >> 8) as u8 & 0x1f, number as u8]),
            -0x8000..=0x7fff => {
                out.push(0xf1);
                out.extend(&number.to_le_bytes()[..2]);
            }
            -0x80_0000..=0x7f_ffff => {
                out.push(0xf2);
                out.extend(&number.to_le_bytes()[..3]);
            }
            -0x8000_0000..=0x7fff_ffff => {
                out.push(0xf3);
                out.extend(&number.to_le_bytes()[..4]);
            }
            _ => {
                out.push(0xf4);
                out.extend(number.to_le_bytes());
            }
        }
    }

    fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
        match bytes.len() {
            size @ ..64 => out.push(0x80 | size as u8),
            size @ ..4096 => out.extend([0xe0 | (size >> 8) as u8, size as u8]),
            size => {
                out.push(0xf0);
                out.extend((size as u32).to_le_bytes());
            }
        }
        out.extend_from_slice(bytes);
    }

    proptest! {
        #[test]
        fn items_are_read_as_they_were_written(
            numbers: Vec<(i64, u8)>,
            sizes in prop::collection::vec(prop_oneof![0_usize..70, 4090_usize..4100, 16_370_usize..16_390], 0..8),
        ) {
            let texts: Vec<Vec<u8>> = sizes.iter().map(|&size| vec![b'x'; size]).collect();
            let mut items: Vec<Item> = numbers.iter().map(|&(number, shift)| Item::Int(number >> (shift % 64))).collect();
            items.extend(texts.iter().map(|text| Item::from(&text[..])));
            let bytes = listpack(&items);
            prop_assert_eq!(read(&bytes).unwrap(), items);
        }

        #[test]
        fn any_bytes_end_without_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 6..200)) {
            let size = bytes.len() as u32;
            bytes[..4].copy_from_slice(&size.to_le_bytes());
            prop_assert!(read(&bytes).map_or(0, |items| items.len()) <= bytes.len());
        }
    }

    #[test]
    fn a_listpack_without_an_end_is_short() {
        let mut bytes = listpack(&[Item::Int(1)]);
        bytes.pop();
        assert!(Listpack::open(&bytes).is_err());
        bytes[0] -= 1;
        assert_eq!(read(&bytes), Err(Fault::short(8)));
    }
}
