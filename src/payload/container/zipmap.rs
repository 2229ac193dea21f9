//! Zipmaps (`zipmap.c`): the container of hashes before Redis 2.6.
//!
//! One byte that counts the pairs (254 and more: not counted), then pairs, then `ff`. A pair is the
//! field's length and bytes, the value's length, a byte that tells how many unused bytes follow the
//! value, the value, and these. A length is one byte, or `fe` and four, little endian.

use crate::payload::{Cursor, Fault, Item};

const WIDE: u8 = 0xfe;
const END: u8 = 0xff;

/// The fields of a zipmap with their values.
#[derive(Clone, Debug)]
pub struct Zipmap<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Zipmap<'a> {
    /// Passes the head.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        cursor.byte()?;
        Ok(Self { cursor })
    }

    fn length(&mut self) -> Result<Option<u64>, Fault> {
        Ok(match self.cursor.byte()? {
            END => None,
            WIDE => Some(u32::from_le_bytes(self.cursor.array()?).into()),
            length => Some(length.into()),
        })
    }

    /// The next field and its value; `None` at the end.
    pub fn next_pair(&mut self) -> Result<Option<(Item<'a>, Item<'a>)>, Fault> {
        let Some(length) = self.length()? else { return Ok(None) };
        let field = self.cursor.take(length)?;
        let length = self.length()?.ok_or(self.cursor.corrupt("a zipmap's field has no value"))?;
        let unused = self.cursor.byte()?;
        let value = self.cursor.take(length)?;
        self.cursor.take(unused.into())?;
        Ok(Some((field.into(), value.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(Item<'_>, Item<'_>)>, Fault> {
        let mut pairs = Zipmap::open(bytes)?;
        std::iter::from_fn(|| pairs.next_pair().transpose()).collect()
    }

    #[test]
    fn pairs_are_read_past_their_unused_bytes() {
        let bytes = [2, 1, b'a', 2, 3, b'x', b'y', 0, 0, 0, WIDE, 1, 0, 0, 0, b'b', 0, 0, END];
        let pairs = read(&bytes).unwrap();
        let expected = [(&b"a"[..], &b"xy"[..]), (b"b", b"")].map(|(field, value)| (field.into(), value.into()));
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_zipmap_that_is_cut_is_short() {
        let bytes = [1, 1, b'a', 2, 0, b'x'];
        for end in 2..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end}");
        }
    }
}
